import type { Toast } from "@pult/api/notifications/toasts/schema.ts";
import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";

const LOOKS: Record<Toast["level"], [LucideIcon, string]> = {
  info: [Info, "text-accent-text"],
  success: [CircleCheck, "text-success"],
  warning: [TriangleAlert, "text-warning"],
  error: [CircleAlert, "text-danger"],
};

const SHOWN = 3;
const SHOWN_MS = 8_000;
/** Older ones say when they were told. */
const FRESH_MS = 60_000;

/** The newest toasts that were not taken away. @returns also the way to add one; one that comes twice changes nothing */
export function useToasts() {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const [known] = useState(() => new Set<string>());
  const remove = (id: string) => setToasts((current) => current.filter((one) => one.id !== id));
  const add = (toast: Toast) => {
    if (known.has(toast.id)) return;
    known.add(toast.id);
    setToasts((current) => [...current, toast].slice(-SHOWN));
  };
  return { toasts, add, remove };
}

type ToastsProps = Pick<ReturnType<typeof useToasts>, "toasts" | "remove">;

/** Over whatever is shown, below Telegram's own controls. */
export function Toasts({ toasts, remove }: ToastsProps) {
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 top-(--app-inset-top,0px) z-10 mx-auto flex max-w-[560px] flex-col gap-2 p-3"
    >
      {toasts.map((toast) => (
        <ToastLine key={toast.id} toast={toast} onGone={() => remove(toast.id)} />
      ))}
    </div>
  );
}

function ToastLine({ toast, onGone }: { toast: Toast; onGone: () => void }) {
  const t = useTranslations("miniApp");
  const time = useTimeText();
  const [icon, tone] = LOOKS[toast.level];
  // biome-ignore lint/correctness/useExhaustiveDependencies: its time runs from when it is first shown
  useEffect(() => {
    const timer = setTimeout(onGone, SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  const isOld = Date.now() - Date.parse(toast.createdAt) > FRESH_MS;
  return (
    <div className="pointer-events-auto flex items-start gap-2.5 rounded-4 bg-surface py-1 pr-1 pl-3.5 shadow-dialog">
      <Icon of={icon} size={20} className={cx("mt-2.5", tone)} />
      <p className="min-w-0 flex-1 py-2.5">
        <span dir="auto" className="line-clamp-4">
          {toast.title}
        </span>
        {isOld ? <span className="num block text-13/[18px] text-muted">{time.moment(toast.createdAt)}</span> : null}
      </p>
      <button
        type="button"
        aria-label={t("close")}
        onClick={onGone}
        className="grid size-11 shrink-0 place-items-center text-muted"
      >
        <Icon of={X} size={18} />
      </button>
    </div>
  );
}

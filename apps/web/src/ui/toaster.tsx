import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { iconButtonClass } from "./icon-button.tsx";
import { Kbd } from "./kbd.tsx";
import { type ToastInput, takeToasts } from "./toast-manager.ts";

type ToastData = Pick<ToastInput, "icon" | "tone" | "action">;

const TIMEOUT_MS = 6_000;
const FAILURE_TIMEOUT_MS = 10_000;
const manager = Toast.createToastManager<ToastData>();

function show({ id, title, description, ...data }: ToastInput) {
  const isFailure = data.tone === "danger";
  manager.add({
    id,
    title,
    description,
    data,
    timeout: isFailure ? FAILURE_TIMEOUT_MS : TIMEOUT_MS,
    priority: isFailure ? "high" : "low",
  });
}

const TONE = { neutral: "text-fg", warning: "text-warning", danger: "text-danger" } as const;

function ToastList() {
  const t = useTranslations("common");
  const { toasts, close } = Toast.useToastManager<ToastData>();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={["left", "down"]}
      className="w-full rounded-3 bg-surface text-13 text-fg shadow-dialog transition-opacity data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
    >
      <Toast.Content className="flex min-h-11 items-center gap-3 py-2 pr-2 pl-3">
        {toast.data?.icon ? <Icon of={toast.data.icon} className={TONE[toast.data.tone ?? "neutral"]} /> : null}
        <div className="min-w-0 flex-1">
          <Toast.Title className={cx("line-clamp-2", toast.description ? "font-semibold" : "")} />
          <Toast.Description className="line-clamp-3 text-muted" />
        </div>
        {toast.data?.action ? (
          <Toast.Action
            className="inline-flex h-8 shrink-0 items-center gap-1.5 rounded-2 border border-line-2 px-2.5 font-medium text-12 hover:bg-surface-3 md:h-6 md:rounded-1 md:px-2"
            onClick={() => {
              toast.data?.action?.run();
              close(toast.id);
            }}
          >
            {toast.data.action.label}
            {toast.data.action.keys ? <Kbd className="max-md:hidden">{toast.data.action.keys}</Kbd> : null}
          </Toast.Action>
        ) : null}
        <Toast.Close aria-label={t("close")} className={iconButtonClass("sm")}>
          <Icon of={X} size={14} />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}

export function Toaster() {
  const t = useTranslations("common");
  useEffect(() => takeToasts({ show, dismiss: (id) => manager.close(id) }), []);
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport
          data-toasts
          aria-label={t("toasts")}
          className="fixed bottom-4 left-4 z-50 flex w-[min(376px,calc(100vw-32px))] flex-col-reverse gap-2 outline-none max-md:bottom-20"
        >
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

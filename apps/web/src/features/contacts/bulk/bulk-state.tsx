import type { Bulk, BulkRecipient, BulkState } from "@pult/api/chats/bulk/schema.ts";
import {
  Ban,
  Check,
  CheckCheck,
  CircleAlert,
  Clock3,
  Hourglass,
  type LucideIcon,
  Pause,
  PenLine,
  SendHorizontal,
  TriangleAlert,
} from "lucide-react";
import { useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";

type Look = { icon: LucideIcon; tone: string };

const LOOKS: Record<BulkState, Look> = {
  draft: { icon: PenLine, tone: "text-muted" },
  waiting: { icon: Hourglass, tone: "text-warning" },
  running: { icon: SendHorizontal, tone: "text-accent-text" },
  paused: { icon: Pause, tone: "text-warning" },
  cancelled: { icon: Ban, tone: "text-muted" },
  done: { icon: Check, tone: "text-success" },
};

export const RECIPIENT_LOOKS: Record<BulkRecipient["state"], Look> = {
  queued: { icon: Clock3, tone: "text-muted" },
  sending: { icon: Clock3, tone: "text-fg-2" },
  sent: { icon: Check, tone: "text-success" },
  read: { icon: CheckCheck, tone: "text-success" },
  failed: { icon: CircleAlert, tone: "text-danger" },
  skipped: { icon: Ban, tone: "text-muted" },
  unknown: { icon: TriangleAlert, tone: "text-warning" },
};

/** How many are written to, and how many of them are through. */
export function progressOf({ counts }: Bulk): { done: number; total: number } {
  const { queued, sending, sent, read, failed, unknown } = counts;
  const done = sent + read + failed + unknown;
  return { done, total: done + queued + sending };
}

/** How a bulk message stands, in a word. */
export function BulkStateText({ state }: Pick<Bulk, "state">) {
  const t = useTranslations("bulk");
  const { icon, tone } = LOOKS[state];
  return (
    <span className={cx("flex items-center gap-1.5 whitespace-nowrap text-12", tone)}>
      <Icon of={icon} size={14} />
      {t(`state.${state}`)}
    </span>
  );
}

/** How far it is. */
export function BulkBarOf({ bulk }: { bulk: Bulk }) {
  const t = useTranslations("bulk");
  const { done, total } = progressOf(bulk);
  return (
    <div
      role="progressbar"
      aria-label={t("progress")}
      aria-valuenow={done}
      aria-valuemin={0}
      aria-valuemax={total}
      className="h-1 overflow-hidden rounded-full bg-surface-4"
    >
      <div className="h-full bg-accent" style={{ width: `${total === 0 ? 0 : (done / total) * 100}%` }} />
    </div>
  );
}

import type { ConversationDetail } from "@pult/api/support/schema.ts";
import { Clock3, LockKeyhole } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { useReasonText } from "../../notices/reason-text.ts";

const HOUR_MS = 60 * 60_000;
/** From here on the time that is left is a warning. */
const SOON_MS = 2 * HOUR_MS;

/** Whether the conversation's channel takes a reply now. */
export type ReplyState =
  | { kind: "free" }
  | { kind: "blocked"; reason: string }
  | { kind: "notOpen" }
  | { kind: "closed"; until: string }
  | { kind: "open"; leftMs: number };

export function replyStateOf(
  { replyWindow, blocked }: Pick<ConversationDetail, "replyWindow" | "blocked">,
  now: number,
): ReplyState {
  if (blocked) return { kind: "blocked", reason: blocked };
  if (replyWindow === undefined) return { kind: "free" };
  if (replyWindow === null) return { kind: "notOpen" };
  const leftMs = Date.parse(replyWindow.until) - now;
  return leftMs > 0 ? { kind: "open", leftMs } : { kind: "closed", until: replyWindow.until };
}

const TICK_MS = 10_000;

export function useReplyState(conversation: ConversationDetail): ReplyState & { isClosed: boolean } {
  const state = replyStateOf(conversation, useNow(TICK_MS, conversation.replyWindow != null));
  return { ...state, isClosed: state.kind !== "free" && state.kind !== "open" };
}

/** How long the channel still takes a reply, and why, for a conversation where that is limited. */
export function ReplyCountdown({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations("composer.window");
  const time = useTimeText();
  const left = useLeftText();
  const state = useReplyState(conversation);
  const { replyWindow } = conversation;
  if (state.kind !== "open" || !replyWindow) return null;
  const { until, openedBy, openedAt } = replyWindow;
  const why = t("opened", { until: time.moment(until), what: t(`by.${openedBy}`), at: time.moment(openedAt) });
  return (
    <span
      title={why}
      className={cx(
        "num flex items-center gap-1 whitespace-nowrap text-12",
        state.leftMs < SOON_MS ? "font-medium text-warning" : "text-muted",
      )}
    >
      <Icon of={Clock3} size={14} />
      {t("left", { time: left(state.leftMs) })}
      <span className="sr-only">{why}</span>
    </span>
  );
}

/** The largest two units that matter: 6 days 3 h, 24 h 0 min, 4 min. */
function useLeftText() {
  const t = useTranslations("composer.window");
  return (ms: number): string => {
    const minutes = Math.max(1, Math.ceil(ms / 60_000));
    const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60)];
    if (days > 1) return t("days", { days, hours: hours % 24 });
    return hours > 0 ? t("hours", { hours, minutes: minutes % 60 }) : t("minutes", { minutes });
  };
}

/** Why the channel takes no reply now, and what opens it again. */
export function ReplyNotice({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations("composer.window");
  const time = useTimeText();
  const reasonText = useReasonText();
  const state = useReplyState(conversation);
  const text = () => {
    if (state.kind === "notOpen") return t("notOpen");
    if (state.kind === "closed") return t("closed", { until: time.moment(state.until) });
    if (state.kind !== "blocked") return null;
    return state.reason === "INSTAGRAM_ACCESS_TOKEN"
      ? t("off")
      : t("token", { reason: reasonText(state, "instagram") ?? "" });
  };
  const words = text();
  if (words === null) return null;
  return (
    <p
      role="status"
      className={cx(
        "mb-2 flex items-start gap-2 rounded-2 border px-3 py-2 text-13",
        state.kind === "blocked" ? "border-danger text-danger" : "border-line bg-surface-2 text-muted",
      )}
    >
      <Icon of={LockKeyhole} size={16} className="mt-0.5 shrink-0" />
      <span>{words}</span>
    </p>
  );
}

/** Answers do not reach the customer's Telegram while they block the bot. */
export function BlockedNotice({ blockedAt }: Pick<ConversationDetail, "blockedAt">) {
  const t = useTranslations("composer");
  const time = useTimeText();
  if (blockedAt === undefined) return null;
  return (
    <p
      role="status"
      className="mb-2 flex items-start gap-2 rounded-2 border border-danger px-3 py-2 text-13 text-danger"
    >
      <Icon of={LockKeyhole} size={16} className="mt-0.5 shrink-0" />
      <span>{t("customerBlocks", { time: time.moment(blockedAt) })}</span>
    </p>
  );
}

import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/schema.ts";
import { Ban, Check, CircleAlert, Clock3, type LucideIcon, Pause, Play, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useNotificationRights } from "../rights.ts";
import { type TargetState, targetState } from "./broadcast-plan.ts";
import { useSetBroadcastState } from "./use-broadcasts.ts";

const GOOD = { icon: Check, tone: "text-success" };
const BAD = { icon: CircleAlert, tone: "text-danger" };
const DOUBTFUL = { icon: TriangleAlert, tone: "text-warning" };
const QUIET = { icon: Clock3, tone: "text-muted" };

const LOOKS: Record<TargetState, { icon: LucideIcon; tone: string }> = {
  waiting: QUIET,
  scheduled: QUIET,
  paused: { icon: Pause, tone: "text-warning" },
  pinning: QUIET,
  sent: GOOD,
  pinned: GOOD,
  notPinned: DOUBTFUL,
  unknown: DOUBTFUL,
  failed: BAD,
  pinFailed: BAD,
  cancelled: { icon: Ban, tone: "text-muted" },
};

/** A topic by its id, in the words of the live group. */
export function useTopicText() {
  const t = useTranslations("live.broadcast");
  return (threadId: number | null) => (threadId === null ? t("general") : t("topic", { id: String(threadId) }));
}

function Target({ target, broadcast, now }: { target: BroadcastTarget; broadcast: Broadcast; now: number }) {
  const t = useTranslations("live.broadcast");
  const time = useTimeText();
  const topicText = useTopicText();
  const state = targetState(target, broadcast, now);
  const { icon, tone } = LOOKS[state];
  const at = target.finishedAt ?? broadcast.startsAt;
  return (
    <li className="border-line border-b py-2 last:border-0">
      <span className="flex items-center gap-2">
        <Icon of={icon} size={14} className={tone} />
        <span className="num min-w-0 flex-1 truncate font-medium">{topicText(target.threadId)}</span>
        <span title={target.finishedAt ? time.full(at) : undefined} className={cx("num shrink-0 text-12", tone)}>
          {t(`target.${state}`, { time: state === "scheduled" ? time.moment(at) : time.exact(at) })}
        </span>
      </span>
      {target.reason ? (
        // In Telegram's words, which are English.
        <span lang="en" className="block pl-[22px] text-12 text-muted">
          {target.reason}
        </span>
      ) : null}
      {state === "unknown" ? <span className="block pl-[22px] text-12 text-muted">{t("unknownHint")}</span> : null}
    </li>
  );
}

function Actions({ broadcast }: { broadcast: Broadcast }) {
  const t = useTranslations();
  const setState = useSetBroadcastState();
  const [isAsking, setAsking] = useState(false);
  const isPaused = broadcast.state === "paused";
  return (
    <div className="flex flex-wrap gap-2 py-2">
      <Button size="sm" onClick={() => setState(broadcast, isPaused ? "active" : "paused")}>
        <Icon of={isPaused ? Play : Pause} size={14} />
        {t(isPaused ? "live.broadcast.resume" : "live.broadcast.pause")}
      </Button>
      <Button size="sm" onClick={() => setAsking(true)}>
        <Icon of={Ban} size={14} />
        {t("live.broadcast.cancel")}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          isDanger
          title={t("live.broadcast.cancelTitle")}
          text={<p>{t("live.broadcast.cancelText")}</p>}
          action={t("live.broadcast.cancel")}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void setState(broadcast, "cancelled");
          }}
        />
      ) : null}
    </div>
  );
}

/** How a broadcast stands in each topic, why, and what can be done about it. */
export function BroadcastResult({ broadcast, now }: { broadcast: Broadcast; now: number }) {
  const t = useTranslations("live.broadcast");
  const { mayBroadcast } = useNotificationRights();
  const { targets, state } = broadcast;
  const isOpen = state !== "cancelled" && targets.some(({ finishedAt }) => !finishedAt);
  return (
    <>
      <ul aria-label={t("targets")}>
        {targets.map((target) => (
          <Target key={target.id} target={target} broadcast={broadcast} now={now} />
        ))}
      </ul>
      {isOpen && mayBroadcast ? <Actions broadcast={broadcast} /> : null}
    </>
  );
}

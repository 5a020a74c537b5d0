import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/broadcasts/schema.ts";
import { Ban, Check, CircleAlert, Clock3, type LucideIcon, Pause, Play, RotateCw, TriangleAlert } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { useLanguageName } from "../../../i18n/use-language-name.ts";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { ProgressBar } from "../../../ui/progress-bar.tsx";
import { useReasonText } from "../../notices/reason-text.ts";
import { useNotificationRights } from "../rights.ts";
import { retriesOf, type TargetState, targetState } from "./broadcast-plan.ts";
import { NameTopic } from "./name-topic.tsx";
import { Reason } from "./recipient-failures.tsx";
import { useTopicText } from "./use-audience.ts";
import { useRetryBroadcast, useSetBroadcastState } from "./use-broadcasts.ts";

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
  skipped: { icon: Ban, tone: "text-muted" },
  cancelled: { icon: Ban, tone: "text-muted" },
};

function Target({ target, broadcast, now }: { target: BroadcastTarget; broadcast: Broadcast; now: number }) {
  const t = useTranslations("live.broadcast");
  const time = useTimeText();
  const topicText = useTopicText();
  const { mayBroadcast } = useNotificationRights();
  const state = targetState(target, broadcast, now);
  const { icon, tone } = LOOKS[state];
  const at = target.finishedAt ?? broadcast.startsAt;
  return (
    <li className="border-line border-b py-2 last:border-0">
      <span className="flex items-center gap-2">
        <Icon of={icon} size={14} className={tone} />
        <span className="num flex min-w-0 flex-1 items-center gap-1 font-medium">
          <span className="truncate">{topicText(target.threadId)}</span>
          {mayBroadcast && target.problem !== "topicDeleted" ? <NameTopic threadId={target.threadId} /> : null}
        </span>
        <span title={target.finishedAt ? time.full(at) : undefined} className={cx("num shrink-0 text-12", tone)}>
          {t(`target.${state}`, { time: state === "scheduled" ? time.moment(at) : time.exact(at) })}
        </span>
      </span>
      <Reason target={target} className="block pl-[22px]" />
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

/** Of a broadcast that has paused by itself: why, and how it can go on. */
function PauseReason({ broadcast }: { broadcast: Broadcast }) {
  const t = useTranslations("live.broadcast");
  const reasonText = useReasonText();
  const setState = useSetBroadcastState();
  if (broadcast.state !== "paused" || broadcast.pauseReason === null) return null;
  return (
    <div className="my-2 rounded-2 bg-warning-soft px-3 py-2 text-12 text-warning">
      <p>{t(broadcast.paid ? "unpaid" : "pausedItself")}</p>
      <p className="mt-0.5">{reasonText({ reason: broadcast.pauseReason }, "telegram")}</p>
      {broadcast.paid ? (
        <Button size="sm" className="mt-2" onClick={() => setState(broadcast, "active", { paid: false })}>
          {t("resumeFree")}
        </Button>
      ) : null}
    </div>
  );
}

const COUNTED = ["sent", "failed", "unknown", "skipped", "cancelled", "pending"] as const;
const COUNT_TONES: Partial<Record<(typeof COUNTED)[number], string>> = {
  sent: "text-success",
  failed: "text-danger",
  unknown: "text-warning",
};

/** How many customers are in each state. */
function CustomerCounts({ broadcast }: { broadcast: Broadcast }) {
  const t = useTranslations("live.broadcast");
  const format = useFormatter();
  const { counts, languageCode } = broadcast;
  const languageName = useLanguageName();
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const done = total - counts.pending;
  return (
    <div className="py-2">
      <div className="flex items-baseline justify-between text-12 text-muted">
        <span>{languageCode === null ? t("to.customers") : languageName(languageCode)}</span>
        <span className="num">{t("doneOf", { done, total })}</span>
      </div>
      <ProgressBar label={t("progress")} done={done} total={total} className="mt-1" />
      <dl className="num mt-2 grid grid-cols-3 gap-x-3 gap-y-1.5">
        {COUNTED.filter((state) => counts[state] > 0).map((state) => (
          <div key={state}>
            <dt className="text-11 text-muted">{t(`count.${state}`)}</dt>
            <dd className={cx("font-semibold", COUNT_TONES[state])}>{format.number(counts[state])}</dd>
          </div>
        ))}
      </dl>
      {counts.unknown > 0 ? <p className="mt-2 text-12 text-muted">{t("unknownCustomersHint")}</p> : null}
    </div>
  );
}

function Retries({ broadcast }: { broadcast: Broadcast }) {
  const t = useTranslations("live.broadcast");
  const retry = useRetryBroadcast();
  const { withoutPin } = retriesOf(broadcast);
  return (
    <div className="flex flex-wrap gap-2 py-2">
      <Button size="sm" onClick={() => retry(broadcast, true)}>
        <Icon of={RotateCw} size={14} />
        {t("retry")}
      </Button>
      {withoutPin ? (
        <Button size="sm" onClick={() => retry(broadcast, false)}>
          {t("sendWithoutPin")}
        </Button>
      ) : null}
    </div>
  );
}

/** How a broadcast stands with its recipients, why, and what can be done about it. */
export function BroadcastResult({ broadcast, now }: { broadcast: Broadcast; now: number }) {
  const t = useTranslations("live.broadcast");
  const { mayBroadcast } = useNotificationRights();
  const { targets, state, counts, recipients } = broadcast;
  const isOpen = state !== "cancelled" && (counts.pending > 0 || targets.some(({ finishedAt }) => !finishedAt));
  return (
    <>
      {recipients === "customers" ? (
        <CustomerCounts broadcast={broadcast} />
      ) : (
        <ul aria-label={t("targets")}>
          {targets.map((target) => (
            <Target key={target.id} target={target} broadcast={broadcast} now={now} />
          ))}
        </ul>
      )}
      {mayBroadcast ? <PauseReason broadcast={broadcast} /> : null}
      {isOpen && mayBroadcast ? <Actions broadcast={broadcast} /> : null}
      {mayBroadcast && retriesOf(broadcast).mayRetry ? <Retries broadcast={broadcast} /> : null}
    </>
  );
}

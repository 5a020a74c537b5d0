import type { Broadcast } from "@pult/api/notifications/broadcasts/schema.ts";
import { Ban, Check, CircleAlert, Clock3, Megaphone, Pause, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { OpeningRow } from "../../../ui/opening-row.tsx";
import { type StateLook, StateText } from "../../../ui/state-text.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { SectionState } from "../../settings/section.tsx";
import { rowsOf } from "../pages.ts";
import { type BroadcastState, broadcastState } from "./broadcast-plan.ts";
import { BroadcastResult } from "./broadcast-result.tsx";
import { RecipientFailures } from "./recipient-failures.tsx";
import { useTopicText } from "./use-audience.ts";
import { useBroadcastList } from "./use-broadcasts.ts";

const GRID =
  "grid grid-cols-[minmax(0,1fr)_auto_16px] items-center gap-x-3 px-4 @2xl:grid-cols-[76px_108px_minmax(0,1fr)_92px_168px_16px]";

const LOOKS: Record<BroadcastState, StateLook> = {
  scheduled: { icon: Clock3, tone: "text-fg-2" },
  sending: { icon: Clock3, tone: "text-fg-2" },
  paused: { icon: Pause, tone: "text-warning" },
  cancelled: { icon: Ban, tone: "text-muted" },
  done: { icon: Check, tone: "text-success" },
  partly: { icon: TriangleAlert, tone: "text-warning" },
  failed: { icon: CircleAlert, tone: "text-danger" },
};

/** How a broadcast stands, in a word. */
export function BroadcastSummary({ broadcast, now }: { broadcast: Broadcast; now: number }) {
  const t = useTranslations("live.broadcast");
  const time = useTimeText();
  const { state, done, total } = broadcastState(broadcast, now);
  const isPinned = broadcast.targets.length > 0 && broadcast.targets.every((target) => target.state === "pinned");
  const text =
    state === "done"
      ? t(isPinned ? "summary.pinned" : "summary.done", { count: done })
      : t(`summary.${state}`, { done, total, time: time.moment(broadcast.startsAt) });
  return <StateText look={LOOKS[state]} text={text} />;
}

function OpenedRow({ broadcast, now }: { broadcast: Broadcast; now: number }) {
  return (
    <div className="border-line border-t bg-surface-2 px-4 py-2 @2xl:pl-[104px]">
      {broadcast.kind === "pin" ? null : (
        <p dir="auto" className="whitespace-pre-wrap py-1 text-14">
          {broadcast.text}
        </p>
      )}
      <BroadcastResult broadcast={broadcast} now={now} />
      <RecipientFailures broadcast={broadcast} />
    </div>
  );
}

const totalOf = ({ counts }: Broadcast) => Object.values(counts).reduce((sum, count) => sum + count, 0);

function Row({ broadcast, now }: { broadcast: Broadcast; now: number }) {
  const t = useTranslations("live.broadcast");
  const time = useTimeText();
  const topicText = useTopicText();
  const { kind, text, createdAt, createdBy, targets } = broadcast;
  const words = kind === "pin" ? t("pinOf", { id: String(targets[0]?.messageId ?? "") }) : text;
  const isToCustomers = broadcast.recipients === "customers";
  const toTopics =
    targets.length === 1 ? topicText(targets[0]?.threadId ?? null) : t("topics", { count: targets.length });
  const to = isToCustomers ? t("customers", { count: totalOf(broadcast) }) : toTopics;
  return (
    <OpeningRow
      className={cx(GRID, "py-2 @2xl:min-h-10 @2xl:py-1")}
      cells={
        <>
          <span className="num truncate text-muted @max-2xl:hidden" title={time.full(createdAt)}>
            {time.moment(createdAt)}
          </span>
          <span className="truncate text-fg-2 @max-2xl:hidden" title={createdBy}>
            {createdBy}
          </span>
          <span className="min-w-0">
            <span dir="auto" className="block truncate" title={words}>
              {words}
            </span>
            <span className="num block truncate text-12 text-muted @2xl:hidden">
              {[time.moment(createdAt), createdBy, to].join(" · ")}
            </span>
          </span>
          <span className="num truncate text-fg-2 @max-2xl:hidden">{to}</span>
          <span className="justify-self-end">
            <BroadcastSummary broadcast={broadcast} now={now} />
          </span>
        </>
      }
    >
      <OpenedRow broadcast={broadcast} now={now} />
    </OpeningRow>
  );
}

/** What was sent, newest first; a row opens with its result in each topic. */
export const BroadcastSection = memo(function BroadcastSection() {
  const t = useTranslations("live.broadcast");
  const list = useBroadcastList();
  const now = useNow(5_000);
  const rows = rowsOf(list.data);
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
    if (rows.length === 0) return <EmptyState icon={Megaphone} title={t("empty")} hint={t("emptyHint")} />;
    return (
      <>
        <div
          aria-hidden
          className={cx(GRID, "h-8 border-line border-b font-medium text-12 text-muted @max-2xl:hidden")}
        >
          {(["time", "by", "message", "to"] as const).map((column) => (
            <span key={column}>{t(`column.${column}`)}</span>
          ))}
          <span className="text-right">{t("column.result")}</span>
          <span />
        </div>
        <ul aria-label={t("sent")}>
          {rows.map((broadcast) => (
            <Row key={broadcast.id} broadcast={broadcast} now={now} />
          ))}
        </ul>
        <LoadMore list={list} more={t("more")} end={t("end")} />
      </>
    );
  };
  return (
    <section aria-labelledby="live-sent" className="-mt-px @container flex min-h-56 shrink-0 flex-col">
      <h2 id="live-sent" className="flex h-11 shrink-0 items-center border-line border-t border-b px-4 font-semibold">
        {t("sent")}
      </h2>
      {content()}
    </section>
  );
});

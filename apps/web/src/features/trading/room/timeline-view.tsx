import type { ChatMessage, RoomState } from "@pult/api/trading/schema.ts";
import { ArrowDown, MessageSquare } from "lucide-react";
import { useTranslations } from "next-intl";
import { Fragment, type ReactNode, useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { NotSent } from "../../thread/bubble.tsx";
import { Day, dayOf } from "../../thread/lines.tsx";
import { useThreadScroll } from "../../thread/use-thread-scroll.ts";
import type { RoomStore } from "../room-store.ts";
import type { Entry } from "../timeline.ts";
import { MessageLine, type OtherEvent, TimelineLine } from "./timeline-line.tsx";

const JOIN_MS = 5 * 60_000;

/** Whether both are words of one trader with nothing between. */
function joins(above: Entry | undefined, below: Entry): boolean {
  if (above?.event.type !== "messageSent" || below.event.type !== "messageSent") return false;
  const isOneHand = above.event.message.traderId === below.event.message.traderId;
  return isOneHand && Date.parse(below.at) - Date.parse(above.at) < JOIN_MS;
}

type TimelineViewProps = {
  store: RoomStore;
  room: RoomState;
  /** What can be done about a message of another. */
  aside?: ((message: ChatMessage) => ReactNode) | undefined;
  /** After what a moderator did: how it is taken back. */
  wayBack?: ((event: OtherEvent) => ReactNode) | undefined;
};

/** Words, trades and moderation in one order, with what the reader has written and the server has not confirmed. */
export function TimelineView({ store, room, ...slots }: TimelineViewProps) {
  const t = useTranslations("rooms");
  const { lines, before } = useStore(store.state, (state) => state.timeline);
  const older = useStore(store.state, (state) => state.older);
  const outgoing = useStore(store.sendQueue.items);
  const scroll = useThreadScroll({ firstKey: lines[0]?.key, onNearTop: store.loadOlder });
  const { jumpToBottom } = scroll;
  const newestOwn = outgoing.at(-1)?.clientId;
  useEffect(() => {
    if (newestOwn) jumpToBottom();
  }, [newestOwn, jumpToBottom]);
  const me = room.me?.traderId ?? null;
  if (lines.length === 0 && outgoing.length === 0) {
    return <EmptyState icon={MessageSquare} title={t("chat.empty")} hint={t("chat.emptyHint")} />;
  }
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={scroll.scroller}
        onScroll={scroll.onScroll}
        role="log"
        aria-live="off"
        aria-label={t("chat.title")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
        tabIndex={0}
        className="scroll-pane min-h-0 flex-1 [overflow-anchor:none]"
      >
        <div ref={scroll.content} className="flex min-h-full flex-col justify-end px-4 py-2">
          {before !== null ? (
            <button type="button" onClick={store.loadOlder} className="min-h-11 shrink-0 text-12 text-muted md:min-h-8">
              {t(older === "failed" ? "chat.olderFailed" : "chat.older")}
            </button>
          ) : null}
          {lines.map((entry, index) => {
            const above = lines[index - 1];
            const startsDay = !above || dayOf(above.at) !== dayOf(entry.at);
            return (
              <Fragment key={entry.key}>
                {startsDay ? (
                  <ul>
                    <Day at={entry.at} />
                  </ul>
                ) : null}
                <TimelineLine entry={entry} myTraderId={me} joinsAbove={!startsDay && joins(above, entry)} {...slots} />
              </Fragment>
            );
          })}
          <Outgoing store={store} room={room} />
        </div>
      </div>
      <Heard lines={lines} myTraderId={me} />
      {scroll.isAway ? (
        <IconButton
          icon={ArrowDown}
          label={t("chat.jump")}
          onClick={jumpToBottom}
          className="absolute right-4 bottom-3 rounded-full bg-surface shadow-float"
        />
      ) : null}
    </div>
  );
}

function Outgoing({ store, room }: Pick<TimelineViewProps, "store" | "room">) {
  const failureText = useFailureText();
  const outgoing = useStore(store.sendQueue.items);
  return outgoing.map(({ clientId, text, createdAt, state, failure }) => (
    <MessageLine
      key={clientId}
      message={{ userId: room.me?.userId ?? "", name: null, text, at: createdAt }}
      isOwn
      isWaiting={state !== "failed"}
      joinsAbove={false}
      foot={
        state === "failed" ? (
          <span className="text-12">
            <NotSent reason={failure ? failureText(failure) : ""} clientId={clientId} queue={store.sendQueue} />
          </span>
        ) : null
      }
    />
  ));
}

/** Reads out what others write. Trades are not read: a hot room has many a second. */
function Heard({ lines, myTraderId }: { lines: readonly Entry[]; myTraderId: string | null }) {
  const t = useTranslations("message");
  const opened = useMemo(() => new Date().toISOString(), []);
  const last = lines.findLast(({ event }) => event.type === "messageSent" && event.message.traderId !== myTraderId);
  const isNew = last && last.at > opened && last.event.type === "messageSent";
  return (
    <p aria-live="polite" className="sr-only">
      {isNew && last.event.type === "messageSent"
        ? t("announce", { name: last.event.message.name ?? "", text: last.event.message.text })
        : ""}
    </p>
  );
}

import type { Message } from "@pult/api/support/schema.ts";
import { ArrowDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import { type ThreadItem, threadItems } from "../features/thread/items.ts";
import { Announcer, Day, dayOf } from "../features/thread/lines.tsx";
import type { OpenedPhotos } from "../features/thread/photo-grid.tsx";
import type { OutgoingMessage } from "../features/thread/photo-queue.ts";
import { useLightbox } from "../features/thread/use-lightbox.tsx";
import { useThreadScroll } from "../features/thread/use-thread-scroll.ts";
import { Icon } from "../ui/icon.tsx";
import { MessageBubble, OutgoingBubble } from "./bubble.tsx";
import type { ChatSnapshot, CustomerChat, CustomerThread } from "./chat.ts";
import { ChatEmpty } from "./notices.tsx";
import type { TelegramClient } from "./telegram/client.ts";

type CustomerItem = ThreadItem<Message, OutgoingMessage>;

const isOwn = (entry: Message | OutgoingMessage) => "state" in entry || entry.kind === "customer";
const isOneHand = (above: Message | OutgoingMessage, below: Message | OutgoingMessage) => isOwn(above) === isOwn(below);

/** Opened by a link to one message: earlier pages are read until it is there, then it is brought into view. */
function useDestination(messageId: number | null, thread: CustomerThread, chat: CustomerChat) {
  const isDone = useRef(messageId === null);
  useEffect(() => {
    if (isDone.current || messageId === null) return;
    const row = document.getElementById(`message-${messageId}`);
    const first = thread.messages[0]?.id ?? 0;
    if (!row && thread.hasMore && messageId < first) return void chat.loadOlder();
    isDone.current = true;
    row?.scrollIntoView({ block: "center" });
  }, [messageId, thread, chat]);
}

type ThreadViewProps = {
  chat: CustomerChat;
  snapshot: ChatSnapshot;
  thread: CustomerThread;
  telegram: TelegramClient;
  messageId: number | null;
};

export function CustomerThreadView({ chat, snapshot, thread, telegram, messageId }: ThreadViewProps) {
  const outgoing = useStore(chat.sendQueue.items);
  const { lightbox, openPhotos } = useLightbox({ onBack: telegram.onBack });
  const items = useMemo(
    () => threadItems({ messages: thread.messages, outgoing, dayOf, isOneHand }),
    [thread, outgoing],
  );
  const scroll = useThreadScroll({
    firstKey: items.find((item) => item.type !== "day")?.key,
    onNearTop: chat.loadOlder,
    onSeenBottom: chat.markSeen,
  });
  useDestination(messageId, thread, chat);
  const { jumpToBottom } = scroll;
  // What one has just written is what one wants to see.
  const newestOwn = outgoing.at(-1)?.clientId;
  useEffect(() => {
    if (newestOwn) jumpToBottom();
  }, [newestOwn, jumpToBottom]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={scroll.scroller}
        onScroll={scroll.onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
        tabIndex={0}
        className="scroll-pane min-h-0 flex-1 [--photos:284px] [overflow-anchor:none]"
      >
        <div
          ref={scroll.content}
          className="mx-auto flex min-h-full w-full max-w-[720px] flex-col justify-end px-3 pt-2 pb-2"
        >
          <Earlier thread={thread} older={snapshot.older} onRetry={chat.loadOlder} />
          {items.length === 0 ? <ChatEmpty /> : null}
          <Rows items={items} chat={chat} agentReadId={thread.agentReadId} onOpenPhotos={openPhotos} />
          <Waiting outgoing={outgoing} isOffline={snapshot.connection === "offline"} />
        </div>
      </div>
      <Announcer messages={thread.messages} isFromOther={(message) => !isOwn(message)} />
      {scroll.isAway ? <JumpButton onJump={jumpToBottom} /> : null}
      {lightbox}
    </div>
  );
}

type RowProps = {
  item: CustomerItem;
  chat: CustomerChat;
  agentReadId: number;
  onOpenPhotos: (opened: OpenedPhotos) => void;
};

function Rows({ items, ...props }: Omit<RowProps, "item"> & { items: readonly CustomerItem[] }) {
  return (
    <ol>
      {items.map((item) => (
        <Row key={item.key} item={item} {...props} />
      ))}
    </ol>
  );
}

function Row({ item, chat, agentReadId, onOpenPhotos }: RowProps) {
  if (item.type === "day") return <Day at={item.at} />;
  if (item.type === "outgoing") {
    const { outgoing, joinsAbove } = item;
    return <OutgoingBubble {...{ outgoing, joinsAbove, onOpenPhotos }} queue={chat.sendQueue} />;
  }
  const { message, joinsAbove } = item;
  const isRead = message.id <= agentReadId;
  return <MessageBubble {...{ message, joinsAbove, isRead, onOpenPhotos }} previews={chat.previews} />;
}

type EarlierProps = { thread: CustomerThread; older: ChatSnapshot["older"]; onRetry: () => void };

/** Always as high, so that nothing moves when earlier messages come. */
function Earlier({ thread, older, onRetry }: EarlierProps) {
  const t = useTranslations("miniApp");
  if (!thread.hasMore) return null;
  return (
    <div className="grid h-11 shrink-0 place-items-center text-13 text-muted" role="status">
      {older === "failed" ? (
        <button type="button" className="min-h-11 px-3 font-medium text-accent-text" onClick={onRetry}>
          {t("olderFailed")}
        </button>
      ) : (
        t("loadingOlder")
      )}
    </div>
  );
}

/** Said only of what really waits: a message on its way is no news. */
function Waiting({ outgoing, isOffline }: { outgoing: readonly OutgoingMessage[]; isOffline: boolean }) {
  const t = useTranslations("miniApp");
  const isHeldUp = isOffline || outgoing.some((item) => item.state !== "failed" && item.failure);
  const count = isHeldUp ? outgoing.filter((item) => item.state !== "failed").length : 0;
  return count > 0 ? <p className="mt-2 text-center text-13/4 text-muted">{t("waiting", { count })}</p> : null;
}

function JumpButton({ onJump }: { onJump: () => void }) {
  const t = useTranslations("miniApp");
  return (
    <button
      type="button"
      aria-label={t("jump")}
      onClick={onJump}
      className="absolute right-3 bottom-3 grid size-11 place-items-center rounded-full bg-surface-2 text-fg-2 shadow-float"
    >
      <Icon of={ArrowDown} size={20} />
    </button>
  );
}

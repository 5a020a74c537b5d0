"use client";

import { ArrowDown } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import {
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { Icon } from "../ui/icon.tsx";
import { lazyModule } from "../ui/lazy.tsx";
import { MessageBubble, OutgoingBubble } from "./bubble.tsx";
import type { ChatSnapshot, CustomerChat } from "./chat.ts";
import { type CustomerItem, customerItems } from "./items.ts";
import { ChatEmpty } from "./notices.tsx";
import type { Outgoing } from "./outbox.ts";
import type { ShownPhoto } from "./photos.tsx";
import type { TelegramClient } from "./telegram/client.ts";
import type { CustomerThread } from "./thread.ts";

const BOTTOM_SLACK_PX = 48;
const NEAR_TOP_PX = 600;

type Input = {
  /** Key of the first row: when it changes, rows were put above. */
  firstKey: string | undefined;
  onNearTop(): void;
  onSeenBottom(): void;
};

const isAtEnd = (element: HTMLElement) =>
  element.scrollHeight - element.scrollTop - element.clientHeight < BOTTOM_SLACK_PX;

const toEnd = (element: HTMLElement) => {
  element.scrollTop = element.scrollHeight;
};

/**
 * Keeps a thread where the reader is: at its end while they are there, whatever grows or shrinks; at the message they read when earlier ones
 * are put above. By hand, because Safari anchors nothing.
 */
function useThreadScroll({ firstKey, onNearTop, onSeenBottom }: Input) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtBottom = useRef(true);
  const [isAway, setAway] = useState(false);
  usePlace({ scroller, content, isAtBottom, firstKey });
  useSeen(isAtBottom, onSeenBottom);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    isAtBottom.current = isAtEnd(element);
    setAway(!isAtBottom.current);
    if (isAtBottom.current && document.visibilityState === "visible") onSeenBottom();
    if (element.scrollTop < NEAR_TOP_PX && element.scrollHeight > element.clientHeight) onNearTop();
  }, [onNearTop, onSeenBottom]);

  const jumpToBottom = useCallback(() => {
    isAtBottom.current = true;
    setAway(false);
    if (scroller.current) toEnd(scroller.current);
  }, []);

  return { scroller, content, onScroll, isAway, jumpToBottom };
}

type PlaceInput = {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtBottom: RefObject<boolean>;
  firstKey: string | undefined;
};

function usePlace({ scroller, content, isAtBottom, firstKey }: PlaceInput) {
  const before = useRef({ firstKey, height: 0 });
  // Without dependencies: whatever was rendered may have changed the height.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (isAtBottom.current) toEnd(element);
    else if (before.current.firstKey !== firstKey) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { firstKey, height: element.scrollHeight };
  });
  useEffect(() => {
    const element = scroller.current;
    const observer = new ResizeObserver(() => {
      if (!element) return;
      if (isAtBottom.current) toEnd(element);
      before.current.height = element.scrollHeight;
    });
    for (const observed of [element, content.current]) if (observed) observer.observe(observed);
    return () => observer.disconnect();
  }, [scroller, content, isAtBottom]);
}

/** What is at the end is seen when the page is shown: now, after every change, and when the reader comes back to it. */
function useSeen(isAtBottom: RefObject<boolean>, onSeenBottom: () => void) {
  useEffect(() => {
    const look = () => {
      if (isAtBottom.current && document.visibilityState === "visible") onSeenBottom();
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  });
}

// Fetched with the first photo that is opened.
const CustomerLightbox = lazyModule(() => import("./lightbox.tsx")).part((module) => module.CustomerLightbox);

const dayOf = (iso: string) => {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
};
const DAY_MS = 86_400_000;

function Day({ at }: { at: string }) {
  const t = useTranslations("miniApp");
  const format = useFormatter();
  const label = () => {
    if (dayOf(at) === dayOf(new Date().toISOString())) return t("today");
    if (dayOf(at) === dayOf(new Date(Date.now() - DAY_MS).toISOString())) return t("yesterday");
    const isThisYear = new Date(at).getFullYear() === new Date().getFullYear();
    return format.dateTime(new Date(at), { day: "numeric", month: "long", year: isThisYear ? undefined : "numeric" });
  };
  return <li className="mt-3 mb-1 text-center text-13/4 text-muted">{label()}</li>;
}

/** What came from the other side last, read aloud once. */
function Announcer({ thread }: { thread: CustomerThread }) {
  const t = useTranslations("miniApp");
  const firstSeen = useRef(thread.messages.at(-1)?.id ?? 0);
  const newest = thread.messages.findLast((message) => message.kind !== "customer");
  const isNew = newest !== undefined && newest.id > firstSeen.current;
  return (
    <p className="sr-only" aria-live="polite">
      {isNew ? t("announce", { name: newest.author.name, text: newest.text || t("photo") }) : ""}
    </p>
  );
}

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

type Lightbox = { photos: readonly ShownPhoto[]; first: number };

type ThreadViewProps = {
  chat: CustomerChat;
  snapshot: ChatSnapshot;
  thread: CustomerThread;
  telegram: TelegramClient;
  messageId: number | null;
};

export function CustomerThreadView({ chat, snapshot, thread, telegram, messageId }: ThreadViewProps) {
  const outgoing = useSyncExternalStore(chat.outbox.subscribe, chat.outbox.snapshot, chat.outbox.snapshot);
  const [lightbox, setLightbox] = useState<Lightbox | null>(null);
  const items = useMemo(() => customerItems({ messages: thread.messages, outgoing, dayOf }), [thread, outgoing]);
  const scroll = useThreadScroll({
    firstKey: items.find((item) => item.type !== "day")?.key,
    onNearTop: chat.loadOlder,
    onSeenBottom: chat.markSeen,
  });
  useDestination(messageId, thread, chat);
  const openPhotos = useCallback((photos: readonly ShownPhoto[], first: number) => setLightbox({ photos, first }), []);
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
        className="scroll-pane min-h-0 flex-1 [overflow-anchor:none]"
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
      <Announcer thread={thread} />
      {scroll.isAway ? <JumpButton onJump={jumpToBottom} /> : null}
      {lightbox ? <CustomerLightbox {...lightbox} telegram={telegram} onClose={() => setLightbox(null)} /> : null}
    </div>
  );
}

type RowProps = {
  item: CustomerItem;
  chat: CustomerChat;
  agentReadId: number;
  onOpenPhotos: (photos: readonly ShownPhoto[], first: number) => void;
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
    const { retry, discard } = chat.outbox;
    const { outgoing, place } = item;
    return <OutgoingBubble {...{ outgoing, place, onOpenPhotos }} onRetry={retry} onDiscard={discard} />;
  }
  const { message, place } = item;
  const isRead = message.id <= agentReadId;
  return <MessageBubble {...{ message, place, isRead, onOpenPhotos }} previews={chat.previews} />;
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
function Waiting({ outgoing, isOffline }: { outgoing: readonly Outgoing[]; isOffline: boolean }) {
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

import type { Chat, Session } from "@pult/api/chats/schema.ts";
import { ArrowLeft, Link2, Lock, MessageSquare, SearchX, TimerReset, TriangleAlert, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useConnection } from "../../../trpc/connection.tsx";
import type { Failure } from "../../../trpc/failure.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { TypingDots } from "../../../ui/marks.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useAttention } from "../../../ui/use-browser.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { dayOf } from "../../thread/lines.tsx";
import { MessageList, type MessageListHandle } from "../../thread/message-list.tsx";
import { useLightbox } from "../../thread/use-lightbox.tsx";
import { accountName, countdown, useHealth } from "../accounts/health.tsx";
import { mayActIn } from "../chat-list-state.ts";
import { useChatsAddress } from "../chats-address.ts";
import { useChat } from "../use-account-chats.ts";
import { ChatComposer, type ChatComposerHandle } from "./chat-composer.tsx";
import { type ChatItem, chatItems } from "./chat-items.ts";
import { ChatMessageRow } from "./chat-message-row.tsx";
import type { ChatRun, ChatThread } from "./chat-thread.ts";
import { useChatThread, useMarkRead, useSenderName, useTyping, useUnsent } from "./use-chat-thread.ts";

const ScheduledList = lazyModule(() => import("./scheduled-list.tsx")).part((module) => module.ScheduledList, {
  isSilent: true,
});

const messageIdOf = (item: ChatItem) => (item.type === "message" ? item.message.id : null);
const isFromOther = (item: ChatItem) => item.type === "message" && !item.message.isOutgoing;

function estimateRow(item: ChatItem): number {
  if (item.type === "outgoing") return 44;
  if (item.type !== "message") return 32;
  const { text, media, isService } = item.message;
  if (isService) return 28;
  return 40 + Math.floor(text.length / 60) * 20 + (media ? 120 : 0);
}

/** What keeps the account from working, or the page from being current. */
function AccountBanner({ account, onLink }: { account: Session; onLink: () => void }) {
  const t = useTranslations();
  const time = useTimeText();
  const { phase, since } = useConnection();
  const { health, seconds } = useHealth(account);
  if (phase === "offline") {
    return (
      <Banner tone="warning" icon={WifiOff}>
        {t("connection.offlineSince", { time: time.clock(since) })}
      </Banner>
    );
  }
  switch (health) {
    case "signIn":
      return (
        <Banner
          tone="danger"
          icon={TriangleAlert}
          action={
            <Button size="sm" onClick={onLink}>
              {t("chats.link.again")}
            </Button>
          }
        >
          {t("chats.banner.signIn")}
        </Banner>
      );
    case "flood":
      return (
        <Banner
          tone="warning"
          icon={TimerReset}
          action={<span className="num font-semibold">{countdown(seconds)}</span>}
        >
          {t("chats.banner.flood")}
        </Banner>
      );
    case "offline":
      return (
        <Banner tone="warning" icon={WifiOff}>
          {t("chats.banner.offline")}
        </Banner>
      );
    default:
      return null;
  }
}

/** Always as high, so that nothing moves when people begin to type. */
function TypingLine({ chat }: { chat: Chat }) {
  const t = useTranslations("chats");
  const [first, ...others] = useTyping(chat.id);
  const name = useSenderName(chat, first?.userId ?? null);
  return (
    <p role="status" className="flex h-6 shrink-0 items-center gap-2 px-4 text-12 text-accent-text md:px-5">
      {first ? (
        <>
          <TypingDots />
          <span dir="auto" className="truncate">
            {others.length > 0
              ? t("typing.several", { count: others.length + 1 })
              : t(`typing.${first.action}`, { name: name ?? chat.title })}
          </span>
        </>
      ) : null}
    </p>
  );
}

function ThreadHeader({ chat, account }: { chat: Chat; account: Session }) {
  const t = useTranslations("chats");
  const { openChat, panel, setAddress } = useChatsAddress();
  const about =
    chat.memberCount === null
      ? t(`type.${chat.type}`)
      : t(chat.type === "channel" ? "readers" : "members", { count: chat.memberCount });
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b px-1 md:pr-3 md:pl-4">
      <IconButton icon={ArrowLeft} label={t("thread.back")} onClick={() => openChat(null)} className="md:hidden" />
      <Avatar name={chat.title} size={32} />
      <div className="min-w-0 flex-1">
        <h2 dir="auto" title={chat.title} className="truncate text-start font-semibold text-14">
          {chat.title}
        </h2>
        <p className="truncate text-12 text-muted">{t("thread.through", { about, account: accountName(account) })}</p>
      </div>
      <IconButton
        icon={Link2}
        label={t("panel.open")}
        aria-pressed={panel === "info"}
        onClick={() => setAddress({ panel: panel === "info" ? null : "info" }, { history: "push" })}
        className="lg:hidden"
      />
    </header>
  );
}

type ThreadBodyProps = {
  chat: Chat;
  thread: ChatRun;
  store: ChatThread;
  older: "idle" | "loading" | "failed";
  mayWrite: boolean;
};

function ThreadBody({ chat, thread, store, older, mayWrite }: ThreadBodyProps) {
  const t = useTranslations("chats.thread");
  const list = useRef<MessageListHandle>(null);
  const composer = useRef<ChatComposerHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { lightbox, openPhotos } = useLightbox({ hasOriginal: true });
  const unsent = useUnsent(chat.id);
  const { messages, hasMore } = thread;
  // Where "new messages" begins: fixed when the chat is opened.
  const [readId] = useState(() => (chat.unreadCount > 0 ? Number(chat.readInboxMaxId) : null));
  const isLooking = useAttention();
  useMarkRead(chat, messages.at(-1)?.id ?? 0, mayWrite && isLooking && isAtEnd);
  const items = useMemo(
    () => chatItems({ messages, unsent, hasMore, readId, dayOf }),
    [messages, unsent, hasMore, readId],
  );
  const byId = useMemo(() => new Map(messages.map((message) => [message.id, message])), [messages]);
  const find = useCallback((id: number) => byId.get(id), [byId]);
  const canWrite = mayWrite && chat.canSend;
  const acts = useMemo(
    () =>
      canWrite
        ? {
            onReply: (message: ChatRun["messages"][number]) => composer.current?.reply(message),
            onEdit: (message: ChatRun["messages"][number]) => composer.current?.edit(message),
          }
        : null,
    [canWrite],
  );
  return (
    <>
      {items.length === 0 ? (
        <EmptyState icon={MessageSquare} title={t("empty")} hint={canWrite ? t("emptyHint") : undefined} />
      ) : (
        <MessageList
          handle={list}
          items={items}
          idOf={messageIdOf}
          estimate={estimateRow}
          isFromOther={isFromOther}
          older={{ hasMore, state: older, load: store.loadOlder }}
          loadBackTo={store.loadBackTo}
          onAtEnd={setAtEnd}
          renderRow={(item, row) => (
            <ChatMessageRow {...row} item={item} chat={chat} find={find} onOpenPhotos={openPhotos} acts={acts} />
          )}
        />
      )}
      <ScheduledList chatId={chat.id} mayWrite={canWrite} />
      <TypingLine chat={chat} />
      {canWrite ? (
        <ChatComposer
          chat={chat}
          handle={composer}
          onSent={() => requestAnimationFrame(() => list.current?.scrollToEnd())}
        />
      ) : (
        <p className="border-line border-t px-4 py-3 text-center text-12 text-muted">
          {t(mayWrite ? "cannotSend" : "readOnly")}
        </p>
      )}
      {lightbox}
    </>
  );
}

const BUBBLES = ["w-56", "w-72", "w-64 self-end", "w-40", "w-80 self-end", "w-48 self-end"];

function Frame({ label, children }: { label: string; children: ReactNode }) {
  const t = useTranslations("chats.thread");
  const { openChat } = useChatsAddress();
  return (
    <section aria-label={label} className="flex min-h-0 min-w-0 flex-1 flex-col border-line md:border-l">
      <header className="flex h-14 shrink-0 items-center border-line border-b px-1 md:hidden">
        <IconButton icon={ArrowLeft} label={t("back")} onClick={() => openChat(null)} />
      </header>
      {children}
    </section>
  );
}

function ThreadFailed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  const t = useTranslations("chats.thread");
  const failureText = useFailureText();
  if (failure.kind === "notFound")
    return <EmptyState icon={SearchX} title={t("notFound")} hint={t("notFoundHint")} role="alert" />;
  return <FailedState title={t("failed")} hint={failureText(failure)} onRetry={onRetry} />;
}

type ThreadPaneProps = { chatId: string; account: Session; isCovered: boolean; onLink: () => void };

/** One chat: its messages, and where one writes. */
export function ThreadPane({ chatId, account, isCovered, onLink }: ThreadPaneProps) {
  const t = useTranslations();
  const mayWrite = useMay()("chats:write");
  const { chat, failure: chatFailure } = useChat(chatId);
  const { store, thread, failure, older } = useChatThread(chatId);
  const problem = failure ?? chatFailure;
  if (chat?.access === "metadata") {
    return (
      <Frame label={t("chats.thread.messages")}>
        <EmptyState
          icon={Lock}
          title={t("chats.thread.hidden", { name: chat.title })}
          hint={t("chats.thread.hiddenHint")}
        />
      </Frame>
    );
  }
  if (!chat || !thread) {
    return (
      <Frame label={t("chats.thread.messages")}>
        {problem ? (
          <ThreadFailed failure={problem} onRetry={store.reload} />
        ) : (
          <AfterDelay label={t("common.loading")}>
            <div className="flex flex-col gap-2 p-5">
              {BUBBLES.map((shape) => (
                <Skeleton key={shape} className={`h-8 max-w-full rounded-4 ${shape}`} />
              ))}
            </div>
          </AfterDelay>
        )}
      </Frame>
    );
  }
  return (
    <section
      aria-label={t("chats.thread.label", { name: chat.title })}
      className={`flex min-h-0 min-w-0 flex-1 flex-col border-line md:border-l ${isCovered ? "max-md:hidden" : ""}`}
    >
      <ThreadHeader chat={chat} account={account} />
      <AccountBanner account={account} onLink={onLink} />
      <ThreadBody chat={chat} thread={thread} store={store} older={older} mayWrite={mayWrite && mayActIn(chat)} />
    </section>
  );
}

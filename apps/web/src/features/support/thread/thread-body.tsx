import type { Activity, ConversationPresence, Message, TypingEvent } from "@pult/api/support/schema.ts";
import { MessageSquare } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCallback, useMemo, useRef, useState } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { TypingDots } from "../../../ui/marks.tsx";
import { useAttention } from "../../../ui/use-browser.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { Announcer, dayOf } from "../../thread/lines.tsx";
import { MessageList, type MessageListHandle } from "../../thread/message-list.tsx";
import { useLightbox } from "../../thread/use-lightbox.tsx";
import { Composer } from "../composer/composer.tsx";
import type { ComposerHandle } from "../composer/use-composer.ts";
import { conversationItems, type ThreadItem } from "./thread-items.ts";
import { ThreadRow } from "./thread-row.tsx";
import type { ConversationStore, ThreadState } from "./thread-store.ts";
import { useMarkRead, useOutgoing, useSeenMark } from "./use-thread.ts";

export type PresentAgent = ConversationPresence["agents"][number];

/** What matters more to who is about to answer comes first. */
const WEIGHT: Record<Activity, number> = { typing: 0, drafting: 1, viewing: 2 };

/** Everybody but the reader, those who are about to answer first, each group in its order. */
export function othersAround(agents: readonly PresentAgent[], ownId: string): PresentAgent[] {
  return agents.filter(({ id }) => id !== ownId).sort((a, b) => WEIGHT[a.activity] - WEIGHT[b.activity]);
}

const MAX_FACES = 3;
const TONES = { typing: "text-accent-text", drafting: "text-warning", viewing: "text-muted" } as const;

/** Colleagues at the same conversation, so that two do not answer at once. */
function PresenceStrip({ agents }: { agents: readonly PresentAgent[] }) {
  const t = useTranslations("thread.presence");
  const [first] = agents;
  const say = ({ name, activity }: PresentAgent) => t(activity, { name });
  const text = first
    ? agents.length > 1
      ? t("more", { first: say(first), count: agents.length - 1 })
      : say(first)
    : "";
  return (
    <p
      role="status"
      aria-label={t("label")}
      title={agents.map(say).join("\n")}
      className={cx("ml-auto flex min-w-0 items-center gap-1.5", first && TONES[first.activity])}
    >
      <span className="flex shrink-0 -space-x-1.5">
        {agents.slice(0, MAX_FACES).map(({ id, name }) => (
          <Avatar key={id} name={name} size={20} className="ring-2 ring-surface" />
        ))}
      </span>
      <span dir="auto" className="truncate">
        {text}
      </span>
    </p>
  );
}

type TypingLineProps = { typing: readonly TypingEvent[]; agents: readonly PresentAgent[] };

/** Who types, and who else of the team is here. Keeps its height, so that nothing moves when agents come and go. */
function TypingLine({ typing, agents }: TypingLineProps) {
  const t = useTranslations("thread");
  const { phase } = useConnection();
  // Without a connection it is unknown who types; for a colleague who is here the avatar shows it.
  const isHeard = ({ actorId }: TypingEvent) => phase !== "offline" && !agents.some(({ id }) => id === actorId);
  const heard = typing.filter(isHeard);
  const [first] = heard;
  return (
    <div className="flex h-6 shrink-0 items-center gap-3 px-4 text-12 md:pr-4 md:pl-14">
      <p role="status" className="flex min-w-0 shrink-0 items-center gap-2 text-accent-text max-md:max-w-[50%]">
        {first ? (
          <>
            <TypingDots />
            <span dir="auto" className="truncate">
              {heard.length === 1 ? t("typingOne", { name: first.name }) : t("typingMany", { count: heard.length })}
            </span>
          </>
        ) : null}
      </p>
      <PresenceStrip agents={agents} />
    </div>
  );
}

const isFromCustomer = ({ kind }: Message) => kind === "customer";
const isRowOfCustomer = (item: ThreadItem) => item.type === "message" && isFromCustomer(item.message);
const messageIdOf = (item: ThreadItem) => ("message" in item ? item.message.id : null);

function estimateRow(item: ThreadItem): number {
  if (item.type === "outgoing") return 44;
  if (item.type !== "message") return 32;
  const { text, photos, change } = item.message;
  if (change) return 28;
  return 40 + Math.floor(text.length / 60) * 20 + (photos.length > 0 ? 120 : 0);
}

type ThreadBodyProps = {
  thread: ThreadState;
  store: ConversationStore;
  older: "idle" | "loading" | "failed";
  typing: readonly TypingEvent[];
  /** Colleagues at the same conversation. */
  agents: readonly PresentAgent[];
};

export function ThreadBody({ thread, store, older, typing, agents }: ThreadBodyProps) {
  const t = useTranslations("thread");
  const list = useRef<MessageListHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { lightbox, openPhotos } = useLightbox({ hasOriginal: true });
  const composer = useRef<ComposerHandle>(null);
  const { messages, hasMore, conversation } = thread;
  const outgoing = useOutgoing(conversation.id);
  const isLooking = useAttention();
  const mayWrite = useMay()("support:write");
  const seenId = useSeenMark(thread, isLooking && isAtEnd);
  useMarkRead(thread, mayWrite && isLooking && isAtEnd);
  const items = useMemo(
    () => conversationItems({ messages, outgoing, hasMore, seenId, dayOf }),
    [messages, outgoing, hasMore, seenId],
  );
  const quote = useCallback((message: Message) => composer.current?.quote(message), []);
  const waiting = outgoing.filter((item) => item.state === "waiting").length;
  return (
    <>
      {items.length === 0 ? (
        <EmptyState icon={MessageSquare} title={t("empty")} />
      ) : (
        <MessageList
          handle={list}
          items={items}
          idOf={messageIdOf}
          estimate={estimateRow}
          isFromOther={isRowOfCustomer}
          older={{ hasMore, state: older, load: store.loadOlder }}
          loadBackTo={store.loadBackTo}
          onAtEnd={setAtEnd}
          renderRow={(item, row) => (
            <ThreadRow
              {...row}
              item={item}
              customerReadId={conversation.customerReadId}
              onOpenPhotos={openPhotos}
              onQuote={mayWrite ? quote : undefined}
            />
          )}
        />
      )}
      {waiting > 0 ? <p className="pb-1 text-center text-12 text-muted">{t("queued", { count: waiting })}</p> : null}
      <TypingLine typing={typing} agents={agents} />
      <Announcer messages={messages} isFromOther={isFromCustomer} />
      {mayWrite ? (
        <Composer
          conversation={conversation}
          messages={messages}
          handle={composer}
          onSent={() => requestAnimationFrame(() => list.current?.scrollToEnd())}
        />
      ) : (
        <p className="border-line border-t px-4 py-3 text-center text-12 text-muted">{t("readOnly")}</p>
      )}
      {lightbox}
    </>
  );
}

"use client";

import type { TypingEvent } from "@pult/api/support/schema.ts";
import { MessageSquare } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useRef, useState } from "react";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { useMay } from "../../auth/use-may.ts";
import { Composer } from "../composer/composer.tsx";
import type { ComposerHandle } from "../composer/use-composer.ts";
import { useTimeText } from "../use-time-text.ts";
import { Announcer } from "./announcer.tsx";
import { MessageList, type MessageListHandle } from "./message-list.tsx";
import type { PresentAgent } from "./presence.ts";
import { threadItems } from "./thread-items.ts";
import type { OpenPhotos } from "./thread-row.tsx";
import type { ThreadState } from "./thread-state.ts";
import type { ThreadStore } from "./thread-store.ts";
import { TypingLine } from "./typing-line.tsx";
import { useAttention } from "./use-attention.ts";
import { useMarkRead, useSeenMark } from "./use-seen.ts";
import { useOutgoing } from "./use-thread.ts";

const Lightbox = lazyModule(() => import("./lightbox.tsx")).part((module) => module.Lightbox);

type ThreadBodyProps = {
  thread: ThreadState;
  store: ThreadStore;
  older: "idle" | "loading" | "failed";
  typing: readonly TypingEvent[];
  /** Colleagues at the same conversation. */
  agents: readonly PresentAgent[];
};

/** Messages and the composer of a loaded conversation. */
export function ThreadBody({ thread, store, older, typing, agents }: ThreadBodyProps) {
  const t = useTranslations("thread");
  const { dayOf } = useTimeText();
  const list = useRef<MessageListHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const [opened, setOpened] = useState<OpenPhotos | null>(null);
  const composer = useRef<ComposerHandle>(null);
  const { messages, hasMore, conversation } = thread;
  const outgoing = useOutgoing(conversation.id);
  const isLooking = useAttention();
  const mayWrite = useMay()("support:write");
  const seenId = useSeenMark(thread, isLooking && isAtEnd);
  useMarkRead(thread, mayWrite && isLooking && isAtEnd);
  const items = useMemo(
    () => threadItems({ messages, outgoing, hasMore, seenId, dayOf }),
    [messages, outgoing, hasMore, seenId, dayOf],
  );
  const waiting = outgoing.filter((item) => item.state === "waiting").length;
  return (
    <>
      {items.length === 0 ? (
        <EmptyState icon={MessageSquare} title={t("empty")} />
      ) : (
        <MessageList
          handle={list}
          items={items}
          customerReadId={conversation.customerReadId}
          older={{ hasMore, state: older, load: store.loadOlder }}
          loadBackTo={store.loadBackTo}
          onAtEnd={setAtEnd}
          onOpenPhotos={setOpened}
          onQuote={mayWrite ? (message) => composer.current?.quote(message) : undefined}
        />
      )}
      {waiting > 0 ? <p className="pb-1 text-center text-12 text-muted">{t("queued", { count: waiting })}</p> : null}
      <TypingLine typing={typing} agents={agents} />
      <Announcer thread={thread} />
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
      {opened ? (
        <Lightbox photos={opened.photos} start={opened.index} author={opened.author} onClose={() => setOpened(null)} />
      ) : null}
    </>
  );
}

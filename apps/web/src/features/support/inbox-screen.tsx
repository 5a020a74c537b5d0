"use client";

import type { ConversationDetail, ConversationPresence, TypingEvent } from "@pult/api/support/schema.ts";
import { ArrowLeft, Inbox, SearchX, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useState } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { useConnection } from "../../trpc/connection.tsx";
import type { Failure } from "../../trpc/failure.ts";
import { Banner } from "../../ui/banner.tsx";
import { cx } from "../../ui/cx.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { lazyModule } from "../../ui/lazy.tsx";
import { Dot } from "../../ui/marks.tsx";
import { AfterDelay, Skeleton } from "../../ui/skeleton.tsx";
import { allowed } from "../auth/agent-context.tsx";
import { FailedState } from "../shell/failed-state.tsx";
import { useFailureText } from "../shell/use-failure-text.ts";
import { useDesk } from "./desk-provider.tsx";
import { InboxPane } from "./inbox/inbox-pane.tsx";
import { useInboxAddress } from "./inbox/inbox-view.ts";
import { othersAround, type PresentAgent, ThreadBody } from "./thread/thread-body.tsx";
import { ThreadHeader } from "./thread/thread-header.tsx";
import { useHasStopped, useThread } from "./thread/use-thread.ts";

const CustomerPane = lazyModule(() => import("./customer/customer-pane.tsx")).part((module) => module.CustomerPane, {
  // Keeps the pane's place, so that the thread stays as wide as it is.
  whileLoading: () => <aside aria-hidden className="border-line border-l bg-surface-2 max-lg:hidden" />,
});

const ChannelBanner = lazyModule(() => import("./inbox/channel-banner.tsx")).part((module) => module.ChannelBanner, {
  isSilent: true,
});

/** Who is around the conversation besides this agent; null until it is known, and while offline. */
function usePresence(conversationId: number | null): ConversationPresence | null {
  const { client, agent } = useDesk();
  const { phase } = useConnection();
  const [known, setKnown] = useState<ConversationPresence | null>(null);
  useEffect(() => {
    if (conversationId === null) return;
    const { unsubscribe } = client.support.onPresence.subscribe(
      { conversationId },
      // A courtesy: the thread's own log says when something is wrong.
      { onData: setKnown, onError: () => setKnown(null) },
    );
    return () => {
      unsubscribe();
      setKnown(null);
    };
  }, [client, conversationId]);
  return useMemo(
    () => (known && phase !== "offline" ? { ...known, agents: othersAround(known.agents, agent.id) } : null),
    [known, phase, agent.id],
  );
}

const BUBBLES = [
  ["in", "w-56"],
  ["in", "w-72"],
  ["out", "w-64"],
  ["in", "w-40"],
  ["out", "w-80"],
  ["out", "w-48"],
] as const;

function ThreadSkeleton() {
  return (
    <div className="flex flex-col gap-2 p-5">
      {BUBBLES.map(([side, width]) => (
        <Skeleton key={side + width} className={cx("h-8 max-w-full rounded-4", width, side === "out" && "self-end")} />
      ))}
    </div>
  );
}

/** How current the thread is, when it is not. */
function ConnectionBanner({ isFillingGap }: { isFillingGap: boolean }) {
  const t = useTranslations();
  const { phase, since } = useConnection();
  const time = useTimeText();
  if (phase === "offline") {
    return (
      <Banner tone="warning" icon={WifiOff}>
        {t("connection.offlineSince", { time: time.clock(since) })}
      </Banner>
    );
  }
  if (phase !== "catchingUp" && !isFillingGap) return null;
  return (
    <Banner>
      <Dot tone="warning" className="mr-2" />
      {t(isFillingGap ? "thread.gap" : "connection.catchingUpLong")}
    </Banner>
  );
}

function ThreadFailed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  const t = useTranslations();
  const failureText = useFailureText();
  if (failure.kind === "notFound") {
    return <EmptyState icon={SearchX} title={t("thread.notFound")} hint={t("thread.notFoundHint")} role="alert" />;
  }
  const hint = t("inbox.draftsSafe", { reason: failureText(failure) });
  return <FailedState title={t("thread.failed")} hint={hint} onRetry={onRetry} />;
}

const NO_AGENTS: readonly PresentAgent[] = [];

/** Who is connected is known better by those who watch it than by the row that was read once. */
function withPresence(conversation: ConversationDetail, presence: ConversationPresence | null): ConversationDetail {
  if (!presence) return conversation;
  return { ...conversation, customer: { ...conversation.customer, online: presence.customerOnline } };
}

type ConversationPanesProps = { conversationId: number; hasStopped: boolean; typing: readonly TypingEvent[] };

function ConversationPanes({ conversationId, hasStopped, typing }: ConversationPanesProps) {
  const t = useTranslations();
  const { panel, setAddress, openConversation } = useInboxAddress();
  const { store, thread, failure, older, isFillingGap } = useThread(conversationId, hasStopped);
  const presence = usePresence(hasStopped ? conversationId : null);
  const isCustomerOpen = panel === "customer";
  const back = () => openConversation(null);
  if (!thread) {
    return (
      <section aria-label={t("thread.messages")} className="flex min-h-0 flex-1 flex-col border-line md:border-l">
        <header className="flex h-14 shrink-0 items-center border-line border-b px-1 md:hidden">
          <IconButton icon={ArrowLeft} label={t("header.backToList")} onClick={back} />
        </header>
        {failure ? (
          <ThreadFailed failure={failure} onRetry={store.reload} />
        ) : (
          <AfterDelay label={t("common.loading")}>
            <ThreadSkeleton />
          </AfterDelay>
        )}
      </section>
    );
  }
  const conversation = withPresence(thread.conversation, presence);
  return (
    <>
      <h1 className="sr-only md:hidden">{t("inbox.title")}</h1>
      <section
        aria-label={t("thread.label", { name: conversation.customer.name })}
        className={`flex min-h-0 min-w-0 flex-1 flex-col border-line md:border-l ${isCustomerOpen ? "max-md:hidden" : ""}`}
      >
        <ThreadHeader
          conversation={conversation}
          onBack={back}
          onToggleCustomer={() => setAddress({ panel: isCustomerOpen ? null : "customer" }, { history: "push" })}
        />
        <ConnectionBanner isFillingGap={isFillingGap} />
        <ThreadBody
          thread={thread}
          store={store}
          older={older}
          typing={typing}
          agents={presence?.agents ?? NO_AGENTS}
        />
      </section>
      <CustomerPane
        conversation={conversation}
        isOpen={isCustomerOpen}
        onClose={() => setAddress({ panel: null })}
        onChanged={store.reload}
      />
    </>
  );
}

/** Silence of this long ends it, as the last word may have been lost with a connection. */
const SILENCE_MS = 6_000;

const keyOf = (event: TypingEvent) => `${event.side} ${event.actorId ?? event.name}`;

/** Who is typing in a conversation right now, apart from this agent. */
function useTyping(conversationId: number | null): TypingEvent[] {
  const { client } = useDesk();
  const [typists, setTypists] = useState<TypingEvent[]>([]);
  useEffect(() => {
    if (conversationId === null) return;
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const stop = (key: string) => setTypists((current) => current.filter((typist) => keyOf(typist) !== key));
    const { unsubscribe } = client.support.onTyping.subscribe(
      { conversationId },
      {
        onData(event) {
          const key = keyOf(event);
          clearTimeout(timers.get(key));
          if (!event.typing) return stop(key);
          timers.set(
            key,
            setTimeout(() => stop(key), SILENCE_MS),
          );
          setTypists((current) => [...current.filter((typist) => keyOf(typist) !== key), event]);
        },
        // The thread's own log shows when something is wrong.
        onError: () => {},
      },
    );
    return () => {
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
      setTypists([]);
    };
  }, [client, conversationId]);
  return typists;
}

/** Three panes from 1280 px, two from 960, below that one page at a time; the address says which. */
function InboxPanes() {
  const t = useTranslations("thread");
  const { c } = useInboxAddress();
  const hasStopped = useHasStopped(c);
  const typing = useTyping(hasStopped ? c : null);
  const typingId = typing.some((typist) => typist.side === "customer") ? c : null;
  return (
    <>
      <ChannelBanner />
      <div
        data-covers-tabs={c !== null}
        className="flex min-h-0 flex-1 flex-col md:grid md:grid-cols-[320px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[336px_minmax(0,1fr)] lg:has-[aside]:grid-cols-[336px_minmax(0,1fr)_304px]"
      >
        <InboxPane typingId={typingId} className={c === null ? "flex-1" : "max-md:hidden"} />
        {c === null ? (
          <section aria-label={t("messages")} className="flex min-h-0 border-line border-l max-md:hidden">
            <EmptyState icon={Inbox} title={t("none")} hint={t("noneHint")} />
          </section>
        ) : (
          <ConversationPanes key={c} conversationId={c} hasStopped={hasStopped} typing={typing} />
        )}
      </div>
    </>
  );
}

export const InboxScreen = allowed("support:read", InboxPanes);

"use client";

import type { ConversationDetail, ConversationPresence, TypingEvent } from "@pult/api/support/schema.ts";
import { ArrowLeft, RotateCw, SearchX, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Failure } from "../../../trpc/failure.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { AfterPatience } from "../../../ui/skeleton.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { CustomerPane } from "../customer/customer-pane.tsx";
import { useInboxAddress } from "../inbox/use-inbox-address.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import type { PresentAgent } from "./presence.ts";
import { ThreadBody } from "./thread-body.tsx";
import { ThreadHeader } from "./thread-header.tsx";
import { ThreadSkeleton } from "./thread-skeleton.tsx";
import { usePresence } from "./use-presence.ts";
import { useThread } from "./use-thread.ts";

function ThreadFailed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  const t = useTranslations();
  const failureText = useFailureText();
  if (failure.kind === "notFound") {
    return <EmptyState icon={SearchX} title={t("thread.notFound")} hint={t("thread.notFoundHint")} role="alert" />;
  }
  return (
    <EmptyState
      icon={TriangleAlert}
      title={t("thread.failed")}
      hint={t("inbox.draftsSafe", { reason: failureText(failure) })}
      role="alert"
    >
      <Button onClick={onRetry}>
        <Icon of={RotateCw} />
        {t("common.tryAgain")}
      </Button>
    </EmptyState>
  );
}

const NOBODY: readonly PresentAgent[] = [];

/** Who is connected is known better by those who watch it than by the row that was read once. */
function withPresence(conversation: ConversationDetail, presence: ConversationPresence | null): ConversationDetail {
  if (!presence) return conversation;
  return { ...conversation, customer: { ...conversation.customer, online: presence.customerOnline } };
}

type ConversationPanesProps = { conversationId: number; hasStopped: boolean; typing: readonly TypingEvent[] };

/** Thread and customer of the open conversation. */
export function ConversationPanes({ conversationId, hasStopped, typing }: ConversationPanesProps) {
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
          <AfterPatience label={t("common.loading")}>
            <ThreadSkeleton />
          </AfterPatience>
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
        <ThreadBody thread={thread} store={store} older={older} typing={typing} agents={presence?.agents ?? NOBODY} />
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

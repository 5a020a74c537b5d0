"use client";

import { RotateCw, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { toFailure } from "../../../trpc/failure.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { AfterPatience } from "../../../ui/skeleton.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { ConversationList } from "./conversation-list.tsx";
import { InboxEmpty } from "./inbox-empty.tsx";
import { InboxSearch } from "./inbox-search.tsx";
import { InboxSkeleton } from "./inbox-skeleton.tsx";
import { inboxHref, useInboxAddress } from "./use-inbox-address.ts";
import { useInboxKeys } from "./use-inbox-keys.ts";
import { useInboxList } from "./use-inbox-list.ts";
import { ViewTabs } from "./view-tabs.tsx";

type List = ReturnType<typeof useInboxList>;

function ListFailed({ list }: { list: List }) {
  const t = useTranslations();
  const failureText = useFailureText();
  const reason = failureText(toFailure(list.error));
  return (
    <EmptyState icon={TriangleAlert} title={t("inbox.failed")} hint={t("inbox.draftsSafe", { reason })} role="alert">
      <Button onClick={() => list.refetch()}>
        <Icon of={RotateCw} />
        {t("common.tryAgain")}
      </Button>
    </EmptyState>
  );
}

/** The list pane: views, search, conversations. */
export function InboxPane({ typingId, className }: { typingId: number | null; className: string }) {
  const t = useTranslations();
  const { view, q, c, setAddress, openConversation } = useInboxAddress();
  const list = useInboxList(view, q);
  const rows = list.rows ?? [];
  useInboxKeys({ rows, openId: c, onOpen: openConversation });

  const content = () => {
    if (!list.rows) {
      if (list.isError) return <ListFailed list={list} />;
      return (
        <AfterPatience key={`${view} ${q}`} label={t("common.loading")}>
          <InboxSkeleton />
        </AfterPatience>
      );
    }
    if (rows.length === 0 && !list.hasNextPage) {
      return (
        <InboxEmpty
          view={view}
          search={q}
          onView={(next) => setAddress({ view: next })}
          onClearSearch={() => setAddress({ q: null })}
        />
      );
    }
    return (
      <ConversationList
        key={`${view} ${q}`}
        rows={rows}
        openId={c}
        typingId={typingId}
        hrefOf={(id) => inboxHref("/inbox", { view, q, c: id })}
        onOpen={openConversation}
        more={{
          has: list.hasNextPage,
          isLoading: list.isFetchingNextPage,
          hasFailed: list.isFetchNextPageError,
          load: list.fetchNextPage,
        }}
      />
    );
  };
  return (
    <section aria-label={t("inbox.title")} className={`flex min-h-0 min-w-0 flex-col ${className}`}>
      <header className="flex h-[52px] shrink-0 items-center gap-2 border-line border-b px-4 md:h-12">
        <h1 className="font-semibold text-16 md:text-14">{t("inbox.title")}</h1>
      </header>
      <ViewTabs view={view} onChange={(next) => setAddress({ view: next })} />
      <InboxSearch search={q} onSearch={(next) => setAddress({ q: next || null })} />
      {content()}
    </section>
  );
}

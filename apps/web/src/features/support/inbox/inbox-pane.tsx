import type { ConversationRow } from "@pult/api/support/schema.ts";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { CheckCheck, Clock3, Inbox, type LucideIcon, Search, SearchX, UserCheck, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { toFailure } from "../../../trpc/failure.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { inputClass } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { PaneHeader } from "../../../ui/pane-header.tsx";
import { useDebounced } from "../../../ui/search-field.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useDesk, useInboxCounts } from "../desk-provider.tsx";
import { composeRows } from "./compose-rows.ts";
import { ConversationList } from "./conversation-list.tsx";
import { COUNTS_KEY, type ListPage, listKey, recountSoon } from "./inbox-cache.ts";
import { type InboxView, inboxHref, useInboxAddress } from "./inbox-view.ts";
import { ViewTabs } from "./view-tabs.tsx";

const PAGE_SIZE = 50;

/** One view of the inbox, page by page, with everything heard since laid over it. */
function useInboxList(view: InboxView, search: string) {
  const desk = useDesk();
  const queryClient = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: listKey(view, search),
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }): Promise<ListPage> => {
      const askedAt = desk.overlay.clock;
      const page = await desk.client.support.inbox.query(
        { view, search, limit: PAGE_SIZE, cursor: pageParam },
        { signal },
      );
      if (desk.overlay.clock === askedAt) queryClient.setQueryData(COUNTS_KEY, page.counts);
      else recountSoon(queryClient);
      return { rows: page.conversations, hasMore: page.nextCursor !== null, nextCursor: page.nextCursor, askedAt };
    },
    getNextPageParam: (page) => page.nextCursor,
  });
  const overlay = useStore(desk.overlay.rows);
  const pages = query.data?.pages;
  const rows = useMemo(
    () => (pages ? composeRows(pages, overlay, { view, search, agentId: desk.agent.id }) : null),
    [pages, overlay, view, search, desk],
  );
  return { ...query, rows };
}

type Input = { rows: readonly ConversationRow[]; openId: number | null; onOpen: (id: number) => void };

/** J and K through the list as it is shown. */
function useInboxKeys({ rows, openId, onOpen }: Input) {
  const t = useTranslations("inbox");
  const place = useRef(-1);
  const at = rows.findIndex((row) => row.id === openId);
  if (at >= 0) place.current = at;
  const step = (by: 1 | -1) => {
    // The open one left the list (resolved, snoozed): its place is now the next one's.
    const from = at >= 0 ? at + by : place.current + (by === 1 ? 0 : -1);
    const next = rows[Math.max(0, from)];
    if (next && next.id !== openId) onOpen(next.id);
  };
  useCommands([
    { id: "next", group: "list", label: t("next"), keys: "j", isKeyOnly: true, run: () => step(1) },
    { id: "previous", group: "list", label: t("previous"), keys: "k", isKeyOnly: true, run: () => step(-1) },
  ]);
}

const WIDTHS = [
  ["w-[38%]", "w-[76%]", "w-[24%]"],
  ["w-[52%]", "w-[90%]", "w-[38%]"],
  ["w-[30%]", "w-[68%]", "w-[16%]"],
  ["w-[46%]", "w-[84%]", "w-[32%]"],
  ["w-[34%]", "w-[72%]", "w-[20%]"],
] as const;

/** Rows of the real height. */
function InboxSkeleton() {
  return [...WIDTHS, ...WIDTHS].map(([name, last, meta], index) => (
    <div
      // biome-ignore lint/suspicious/noArrayIndexKey: bars that never change
      key={index}
      className="grid h-[76px] grid-cols-[36px_minmax(0,1fr)] content-center gap-x-3 border-line border-b pr-3 pl-4 md:h-[72px]"
    >
      <Skeleton className="size-9 rounded-full" />
      <span className="flex flex-col gap-2 pt-1">
        <Skeleton className={`h-2.5 ${name}`} />
        <Skeleton className={`h-2.5 ${last}`} />
        <Skeleton className={`h-2 ${meta}`} />
      </span>
    </div>
  ));
}

const DEBOUNCE_MS = 250;

function InboxSearch({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const t = useTranslations("inbox");
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(search);
  const settled = useDebounced(typed, DEBOUNCE_MS);
  const report = useRef(onSearch);
  report.current = onSearch;
  useEffect(() => {
    report.current(settled.trim());
  }, [settled]);
  // The address changed by itself: "back", or another view.
  useEffect(() => setTyped((current) => (current.trim() === search ? current : search)), [search]);

  useCommands([
    { id: "search", group: "list", label: t("searchKey"), icon: Search, keys: "/", run: () => input.current?.focus() },
  ]);
  const clear = () => {
    setTyped("");
    report.current("");
    input.current?.focus();
  };
  return (
    <search className="relative flex h-12 shrink-0 items-center border-line border-b px-3 md:h-11">
      <Icon of={Search} className="pointer-events-none absolute left-5.5 text-muted" />
      <input
        ref={input}
        type="search"
        value={typed}
        maxLength={200}
        placeholder={t("search")}
        aria-label={t("searchLabel")}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed) clear();
          else input.current?.blur();
        }}
        className={`${inputClass()} h-8 border-line-2 pr-9 pl-8 [&::-webkit-search-cancel-button]:hidden`}
      />
      {typed ? (
        <IconButton icon={X} label={t("clearSearch")} size="sm" onClick={clear} className="absolute right-4.5" />
      ) : null}
    </search>
  );
}

const ICONS: Record<InboxView, LucideIcon> = {
  mine: Inbox,
  unassigned: UserCheck,
  all: Inbox,
  snoozed: Clock3,
  resolved: CheckCheck,
};

type InboxEmptyProps = {
  view: InboxView;
  search: string;
  onView: (view: InboxView) => void;
  onClearSearch: () => void;
};

/** Each view says what its emptiness means and where there is something to do. */
function InboxEmpty({ view, search, onView, onClearSearch }: InboxEmptyProps) {
  const t = useTranslations("inbox");
  const counts = useInboxCounts();
  if (search) {
    return (
      <EmptyState
        icon={SearchX}
        title={t("empty.search", { query: search })}
        hint={t("empty.searchHint", { view: t(`view.${view}`) })}
        role="status"
      >
        {view === "all" ? null : <Button onClick={() => onView("all")}>{t("empty.searchAll")}</Button>}
        <Button onClick={onClearSearch}>{t("clearSearch")}</Button>
      </EmptyState>
    );
  }
  const free = counts?.unassigned ?? 0;
  return (
    <EmptyState
      icon={ICONS[view]}
      title={t(`empty.${view}`)}
      hint={view === "mine" ? t("empty.mineHint", { count: free }) : t(`empty.${view}Hint`)}
    >
      {view === "mine" && free > 0 ? (
        <Button variant="primary" onClick={() => onView("unassigned")}>
          {t("empty.showUnassigned")}
        </Button>
      ) : null}
      {(view === "mine" || view === "unassigned") && (counts?.all ?? 0) > 0 ? (
        <Button onClick={() => onView("all")}>{t("empty.showAll")}</Button>
      ) : null}
    </EmptyState>
  );
}

export function InboxPane({ typingId, className }: { typingId: number | null; className: string }) {
  const t = useTranslations();
  const failureText = useFailureText();
  const { view, q, c, setAddress, openConversation } = useInboxAddress();
  const list = useInboxList(view, q);
  const rows = list.rows ?? [];
  useInboxKeys({ rows, openId: c, onOpen: openConversation });

  const content = () => {
    if (!list.rows) {
      if (list.isError) {
        const hint = t("inbox.draftsSafe", { reason: failureText(toFailure(list.error)) });
        return <FailedState title={t("inbox.failed")} hint={hint} onRetry={() => list.refetch()} />;
      }
      return (
        <AfterDelay key={`${view} ${q}`} label={t("common.loading")}>
          <InboxSkeleton />
        </AfterDelay>
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
      <PaneHeader title={t("inbox.title")} />
      <ViewTabs view={view} onChange={(next) => setAddress({ view: next })} />
      <InboxSearch search={q} onSearch={(next) => setAddress({ q: next || null })} />
      {content()}
    </section>
  );
}

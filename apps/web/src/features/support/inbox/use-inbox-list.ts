"use client";

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { useDesk } from "../desk-provider.tsx";
import { composeRows } from "./compose-rows.ts";
import { COUNTS_KEY, type ListPage, listKey } from "./inbox-cache.ts";
import type { InboxView } from "./inbox-view.ts";

const PAGE_SIZE = 50;

/** One view of the inbox, page by page, with everything heard since laid over it. */
export function useInboxList(view: InboxView, search: string) {
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
      queryClient.setQueryData(COUNTS_KEY, page.counts);
      return { rows: page.conversations, hasMore: page.nextCursor !== null, nextCursor: page.nextCursor, askedAt };
    },
    getNextPageParam: (page) => page.nextCursor,
  });
  const overlay = useSyncExternalStore(desk.overlay.subscribe, desk.overlay.snapshot, desk.overlay.snapshot);
  const pages = query.data?.pages;
  const rows = useMemo(
    () => (pages ? composeRows(pages, overlay, { view, search, agentId: desk.agent.id }) : null),
    [pages, overlay, view, search, desk],
  );
  return { ...query, rows };
}

import type { ConversationRow } from "@pult/api/support/schema.ts";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Desk } from "../desk.ts";
import type { FetchedPage } from "./compose-rows.ts";
import { changeCounts, type InboxCounts } from "./inbox-view.ts";

/** Everything of the inbox in the query cache begins with this. */
export const INBOX_KEY = ["inbox"];
export const COUNTS_KEY = ["inbox", "counts"];
export const listKey = (view: string, search: string) => ["inbox", "list", view, search];

export type ListPage = FetchedPage & { nextCursor: string | null };
export type ListData = InfiniteData<ListPage, string | null>;

function knownRow(queryClient: QueryClient, desk: Desk, id: number): ConversationRow | undefined {
  const overlaid = desk.overlay.get(id);
  if (overlaid) return overlaid;
  for (const [, data] of queryClient.getQueriesData<ListData>({ queryKey: ["inbox", "list"] })) {
    for (const page of data?.pages ?? []) {
      const row = page.rows.find((candidate) => candidate.id === id);
      if (row) return row;
    }
  }
  return undefined;
}

const RECOUNT_MS = 1_000;
const recounting = new WeakSet<QueryClient>();

/** Asks for the counts once the present burst is over: those that were asked for before it may lack what it changed. */
export function recountSoon(queryClient: QueryClient) {
  if (recounting.has(queryClient)) return;
  recounting.add(queryClient);
  setTimeout(() => {
    recounting.delete(queryClient);
    void queryClient.invalidateQueries({ queryKey: COUNTS_KEY });
  }, RECOUNT_MS);
}

/** A conversation has changed, by the log or by our own click: lists and counts follow at once. */
export function hearRow({ queryClient, desk, row }: { queryClient: QueryClient; desk: Desk; row: ConversationRow }) {
  const before = knownRow(queryClient, desk, row.id);
  desk.overlay.put(row);
  // What it was before is unknown, so what it changes in the counts is the server's to say.
  if (!before) return recountSoon(queryClient);
  queryClient.setQueryData<InboxCounts>(
    COUNTS_KEY,
    (counts) => counts && changeCounts(counts, { before, after: row, agentId: desk.agent.id }),
  );
}

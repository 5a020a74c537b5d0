import type { Board, CrmEvent, CrmRecord, Deal, Page, RecordQuery } from "@pult/api/crm/schema.ts";
import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import { readAgain, readUnfinishedAgain } from "../../../trpc/read-again.ts";
import { findDeal, placeDeal, takeDeal } from "../board/board-state.ts";
import { BOARDS_KEY, COUNTS_KEY, CRM_KEY, LISTS_KEY, recordKey, SETUP_KEY, TIMELINES_KEY } from "./keys.ts";

export type RecordPages = InfiniteData<Page<CrmRecord>, unknown>;

export const recordsOf = (data: RecordPages | undefined): CrmRecord[] =>
  data?.pages.flatMap(({ items }) => items) ?? [];

const mapItems = (data: RecordPages, change: (items: CrmRecord[]) => CrmRecord[]): RecordPages => ({
  ...data,
  pages: data.pages.map((page) => ({ ...page, items: change(page.items) })),
});

/**
 * An event may come after the answer to a later call: the higher version counts. When people last wrote to each other is not in events:
 * it depends on who reads.
 */
function newer(known: CrmRecord, record: CrmRecord): CrmRecord {
  if (record.version < known.version) return known;
  if (record.entity !== "contact" || known.entity !== "contact") return record;
  return { ...record, lastContactAt: record.lastContactAt ?? known.lastContactAt };
}

/** A record as it is now, in every list that shows it. */
export function putRecord(queryClient: QueryClient, record: CrmRecord): void {
  const isSame = (known: CrmRecord) => known.id === record.id;
  queryClient.setQueryData<CrmRecord>(recordKey(record.entity, record.id), (known) =>
    known ? newer(known, record) : undefined,
  );
  queryClient.setQueriesData<RecordPages>({ queryKey: [...LISTS_KEY, record.entity] }, (data) =>
    data && recordsOf(data).some(isSame)
      ? mapItems(data, (items) => items.map((known) => (isSame(known) ? newer(known, record) : known)))
      : data,
  );
  if (record.entity === "deal") putOnBoards(queryClient, record);
}

/** Whether a board shows all deals of its pipeline, so that one that was not there belongs on it. */
function isWhole(key: QueryKey): boolean {
  const { query, filters } = (key.at(-1) ?? {}) as Partial<RecordQuery>;
  return !query && (filters?.length ?? 0) === 0;
}

function putOnBoards(queryClient: QueryClient, deal: Deal): void {
  for (const [key, board] of queryClient.getQueriesData<Board>({ queryKey: BOARDS_KEY })) {
    if (board && (isWhole(key) || findDeal(board, deal.id))) queryClient.setQueryData(key, placeDeal(board, deal));
  }
}

let movesUnderWay = 0;

/** While a card is on its way, a board that is read again would show it where it was. */
export function beginMove(): void {
  movesUnderWay += 1;
}
export function endMove(): void {
  movesUnderWay -= 1;
}

/** Records that are no longer there. */
export function dropRecords(queryClient: QueryClient, ids: ReadonlySet<string>): void {
  queryClient.setQueriesData<RecordPages>(
    { queryKey: LISTS_KEY },
    (data) => data && mapItems(data, (items) => items.filter(({ id }) => !ids.has(id))),
  );
  queryClient.setQueriesData<Board>({ queryKey: BOARDS_KEY }, (board) => {
    let left = board;
    for (const id of ids) left = left && takeDeal(left, id);
    return left;
  });
}

const READ_SOON_MS = 1_500;
/** Reading a longer list again would cost more than it tells; its rows are kept current one by one. */
const MAX_PAGES_AGAIN = 5;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Which records a list has, and how many there are, is the server's to say: asked for once for many events. */
export function readListsSoon(queryClient: QueryClient): void {
  if (timer) return;
  timer = setTimeout(() => {
    timer = undefined;
    if (movesUnderWay > 0) return readListsSoon(queryClient);
    void queryClient.invalidateQueries({ queryKey: BOARDS_KEY });
    void queryClient.invalidateQueries({ queryKey: COUNTS_KEY });
    void queryClient.invalidateQueries({
      queryKey: LISTS_KEY,
      predicate: ({ state }) => ((state.data as RecordPages | undefined)?.pages?.length ?? 0) <= MAX_PAGES_AGAIN,
    });
  }, READ_SOON_MS);
}

/** What the log of all records tells. */
export function hearCrmEvent(queryClient: QueryClient, event: CrmEvent): void {
  switch (event.type) {
    case "saved":
    case "dealMoved":
    case "tagged":
      putRecord(queryClient, event.record);
      readUnfinishedAgain(queryClient, BOARDS_KEY);
      void queryClient.invalidateQueries({ queryKey: TIMELINES_KEY });
      readListsSoon(queryClient);
      break;
    case "deleted":
      dropRecords(queryClient, new Set([event.id]));
      readListsSoon(queryClient);
      break;
    case "manyChanged":
      void readAgain(queryClient, BOARDS_KEY);
      readListsSoon(queryClient);
      break;
    case "noted":
    case "noteDeleted":
    case "task":
    case "taskDeleted":
      void readAgain(queryClient, TIMELINES_KEY);
      break;
    case "setupChanged":
      void readAgain(queryClient, SETUP_KEY);
      void readAgain(queryClient, BOARDS_KEY);
  }
}

/** Everything may have changed while the log was not followed. */
export const readCrmAgain = (queryClient: QueryClient): void => void readAgain(queryClient, CRM_KEY);

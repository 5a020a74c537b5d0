import type { CrmRecord, Entity, RecordQuery } from "@pult/api/crm/schema.ts";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { WebClient } from "../../../trpc/client.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { COUNTS_KEY, LISTS_KEY, listKey, recordKey } from "./keys.ts";
import { listRecords } from "./use-record-search.ts";

const PAGE_SIZE = 50;

export function getRecord({ chats }: WebClient, entity: Entity, id: string): Promise<CrmRecord> {
  if (entity === "contact") return chats.contacts.get.query({ id });
  if (entity === "company") return chats.companies.get.query({ id });
  return chats.deals.get.query({ id });
}

/** Records that a query finds, page by page. The rows of the query before stay until these are there. */
export function useRecordList(entity: Entity, query: RecordQuery) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: listKey(entity, query),
    queryFn: ({ pageParam, signal }) =>
      listRecords(client, entity, {
        input: { ...query, limit: PAGE_SIZE, ...(pageParam === null ? {} : { offsetId: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextOffsetId,
    placeholderData: (before, of) => (of?.queryKey[LISTS_KEY.length] === entity ? before : undefined),
  });
}

/** How many records a query finds; undefined until known. */
export function useRecordCount(entity: Entity, query: RecordQuery): number | undefined {
  const client = useTRPCClient();
  const { data } = useQuery({
    queryKey: [...COUNTS_KEY, entity, query],
    queryFn: async ({ signal }) =>
      (await listRecords(client, entity, { input: { ...query, limit: 1 }, signal })).totalCount,
    placeholderData: keepPreviousData,
  });
  return data;
}

export function useRecord<Kind extends Entity>(entity: Kind, id: string | null) {
  const client = useTRPCClient();
  return useQuery({
    queryKey: recordKey(entity, id ?? ""),
    enabled: id !== null,
    queryFn: async () => (await getRecord(client, entity, id ?? "")) as Extract<CrmRecord, { entity: Kind }>,
  });
}

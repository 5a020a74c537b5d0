import type { CrmRecord, Entity, Page, RecordQuery } from "@pult/api/crm/schema.ts";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { WebClient } from "../../../trpc/client.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { COUNTS_KEY, CRM_KEY, LISTS_KEY, listKey, recordKey } from "./keys.ts";

const PAGE_SIZE = 50;

export type ListRequest = RecordQuery & { limit: number; offsetId?: string };

/** A page of records of one kind. */
export function listRecords(
  { chats }: WebClient,
  entity: Entity,
  { input, signal }: { input: ListRequest; signal?: AbortSignal },
): Promise<Page<CrmRecord>> {
  if (entity === "contact") return chats.contacts.list.query(input, { signal });
  if (entity === "company") return chats.companies.list.query(input, { signal });
  return chats.deals.list.query(input, { signal });
}

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

/** A few records by a name that is being typed. */
export function useRecordSearch(entity: Entity, search: string, enabled = true) {
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...CRM_KEY, "search", entity, search],
    enabled,
    queryFn: async ({ signal }) => {
      const query = search === "" ? {} : { query: search };
      return (await listRecords(client, entity, { input: { ...query, filters: [], limit: 8 }, signal })).items;
    },
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

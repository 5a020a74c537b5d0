import type { CrmRecord, Entity, Page, RecordQuery } from "@pult/api/crm/schema.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { WebClient } from "../../../trpc/client.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { CRM_KEY } from "./keys.ts";

type ListRequest = RecordQuery & { limit: number; offsetId?: string };

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

import { useInfiniteQuery } from "@tanstack/react-query";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { CRM_KEY } from "./keys.ts";

const PAGE_SIZE = 30;

/** Contacts that may be one, in groups; of one contact alone where it is named. */
export function useDuplicates({ contactId, isWanted = true }: { contactId?: string; isWanted?: boolean } = {}) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: [...CRM_KEY, "duplicates", contactId ?? null],
    enabled: isWanted,
    queryFn: ({ pageParam, signal }) =>
      client.chats.contacts.duplicates.query(
        {
          limit: PAGE_SIZE,
          ...(contactId ? { id: contactId } : {}),
          ...(pageParam === null ? {} : { offsetId: pageParam }),
        },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextOffsetId,
  });
}

import type { CrmRecord, TimelineType } from "@pult/api/crm/schema.ts";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { TIMELINES_KEY, timelineKey } from "./keys.ts";

const PAGE_SIZE = 30;

const ROUTERS = { contact: "contacts", company: "companies", deal: "deals" } as const;

/** What happened with a record, newest first, of these types. */
export function useTimeline({ entity, id }: Pick<CrmRecord, "entity" | "id">, types: readonly TimelineType[]) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: [...timelineKey(entity, id), types],
    queryFn: ({ pageParam, signal }) =>
      client.chats[ROUTERS[entity]].timeline.query(
        {
          id,
          types: [...types],
          limit: PAGE_SIZE,
          ...(pageParam === null ? {} : { offsetId: pageParam }),
        },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextOffsetId,
  });
}

/** A call about notes and tasks; the timelines are read again after it. */
export function useTimelineCall() {
  const t = useTranslations("contacts.card");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  /** @returns whether it was done */
  return async (call: (chats: typeof client.chats) => Promise<unknown>): Promise<boolean> => {
    try {
      await call(client.chats);
      await readAgain(queryClient, TIMELINES_KEY);
      return true;
    } catch (error) {
      failed(t("notDone"))(error);
      return false;
    }
  };
}

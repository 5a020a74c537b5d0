import type { TimelineType } from "@pult/api/crm/schema.ts";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { TIMELINES_KEY, timelineKey } from "./keys.ts";

const PAGE_SIZE = 30;

/** What happened with a contact, newest first, of these types. */
export function useTimeline(contactId: string, types: readonly TimelineType[]) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: [...timelineKey(contactId), types],
    queryFn: ({ pageParam, signal }) =>
      client.chats.contacts.timeline.query(
        {
          id: contactId,
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

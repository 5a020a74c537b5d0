import type { EventsEvent, EventsPage, EventType } from "@pult/api/notifications/schema.ts";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useEffect } from "react";
import { createStore, useStore } from "zustand";
import { followPersistently } from "../../../trpc/follow.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain, readUnfinishedAgain } from "../../../trpc/read-again.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { TYPES } from "./event-types.ts";
import {
  EVENTS_KEY,
  type EventFilter,
  type EventPages,
  eventsKey,
  hearEvent,
  hearReplies,
  newestKnown,
  shorten,
} from "./events-cache.ts";

/** What belongs in the address: which types, and which account. */
export function useEventAddress() {
  const [address, setAddress] = useQueryStates(
    { types: parseAsArrayOf(parseAsStringLiteral(TYPES)).withDefault([]), account: parseAsString.withDefault("") },
    { history: "replace", shallow: true },
  );
  return { filter: address, setFilter: setAddress };
}

/** Events, newest first, page by page. */
export function useEventList({ types, account }: EventFilter) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: eventsKey({ types, account }),
    queryFn: async ({ pageParam, signal }) => {
      const input = {
        ...(types.length > 0 ? { types: types as EventType[] } : {}),
        ...(account ? { accountId: account } : {}),
        ...(pageParam === null ? {} : { before: pageParam }),
      };
      const { events, nextBefore } = await client.notifications.events.list.query(input, { signal });
      return { rows: events, nextBefore };
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBefore,
  });
}

/** When events were delivered once more, by their ids; as far as this browser has seen it. */
export type Replays = ReadonlyMap<number, string>;
const replayed = createStore<Replays>(() => new Map());

const noteReplay = (eventId: number): void =>
  replayed.setState((known) => new Map(known).set(eventId, new Date().toISOString()), true);

/** So long after the log is joined, an event may both stand in a list and be heard of for the first time. */
const OVERLAP_MS = 5_000;

/** Follows everything that happens. */
export function useEventLog(): Replays {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  useEffect(() => {
    const heard = new Set<number>();
    let oldUpTo = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reread = () => void readAgain(queryClient, EVENTS_KEY);
    const stop = followPersistently<EventsEvent, EventsPage>(
      (input, handlers) => client.notifications.onEvent.subscribe(input, handlers),
      {
        onEvent(given) {
          if (given.type === "other") return;
          if (given.type === "replied") {
            hearReplies(queryClient, given.eventId, given.replies);
            readUnfinishedAgain(queryClient, EVENTS_KEY);
            return;
          }
          const { eventId, event } = given;
          hearEvent(queryClient, { eventId, event });
          readUnfinishedAgain(queryClient, EVENTS_KEY);
          if (heard.has(eventId) || eventId <= oldUpTo) noteReplay(eventId);
          heard.add(eventId);
        },
        onPosition() {
          reread();
          clearTimeout(timer);
          timer = setTimeout(() => {
            oldUpTo = newestKnown(queryClient);
          }, OVERLAP_MS);
        },
        onRefused: reread,
      },
    );
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, queryClient]);
  return useStore(replayed);
}

/** Keeps the open list from growing without end, while its beginning is looked at. */
export function useShortened(filter: EventFilter, count: number, isAtTop: boolean): void {
  const queryClient = useQueryClient();
  const key = JSON.stringify(eventsKey(filter));
  useEffect(() => {
    if (isAtTop && count > 0) queryClient.setQueryData<EventPages>(JSON.parse(key), (data) => data && shorten(data));
  }, [queryClient, key, count, isAtTop]);
}

/** Delivers an event once more to every program that follows. */
export function useReplay(onDone: () => void) {
  const t = useTranslations("instagram");
  const trpc = useTRPC();
  const failed = useFailureToast();
  return useMutation(
    trpc.notifications.events.replay.mutationOptions({
      onSuccess: (_, input) => {
        if ("eventId" in input) noteReplay(input.eventId);
        showToast({ icon: RotateCw, title: t("replayed") });
      },
      onError: failed(t("notReplayed")),
      onSettled: onDone,
    }),
  );
}

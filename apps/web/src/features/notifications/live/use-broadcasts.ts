import type { Broadcast, BroadcastEvent, BroadcastInput } from "@pult/api/notifications/broadcasts/schema.ts";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Megaphone, Pause, Play, RotateCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { followPersistently } from "../../../trpc/follow.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain, readUnfinishedAgain } from "../../../trpc/read-again.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { type Order, type Pages, putRow } from "../pages.ts";

const KEY = ["live", "broadcasts"];
const ORDER: Order<Broadcast> = {
  idOf: ({ id }) => id,
  compare: (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? 1 : -1),
};

function usePutBroadcast() {
  const queryClient = useQueryClient();
  return (broadcast: Broadcast) =>
    queryClient.setQueryData<Pages<Broadcast, string>>(KEY, (data) => data && putRow(data, broadcast, ORDER));
}

/** Broadcasts, newest first. */
export function useBroadcastList() {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: async ({ pageParam, signal }) => {
      const input = pageParam === null ? {} : { before: pageParam };
      const { broadcasts, nextBefore } = await client.notifications.broadcasts.list.query(input, { signal });
      return { rows: broadcasts, nextBefore };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextBefore,
  });
}

/** Follows broadcasts as they begin and as their deliveries go on. */
export function useBroadcastLog(): void {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const put = useRef(usePutBroadcast()).current;
  useEffect(() => {
    const reread = () => void readAgain(queryClient, KEY);
    return followPersistently<BroadcastEvent, { broadcasts: Broadcast[] }>(
      (input, handlers) => client.notifications.onBroadcast.subscribe(input, handlers),
      {
        onEvent({ broadcast }) {
          put(broadcast);
          readUnfinishedAgain(queryClient, KEY);
        },
        onPosition: reread,
        onRefused: reread,
      },
    );
  }, [client, queryClient, put]);
}

type Content = Omit<BroadcastInput, "clientId" | "paid"> & { paid?: boolean };

/** Sends a broadcast. The same content that is sent again after a failure keeps its id, so that it cannot arrive twice. */
export function useSendBroadcast(onSent: () => void) {
  const t = useTranslations("live.broadcast");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const tried = useRef({ content: "", clientId: "" });
  const sending = useMutation(
    trpc.notifications.broadcast.mutationOptions({
      onSuccess: (broadcast) => {
        tried.current = { content: "", clientId: "" };
        void readAgain(queryClient, KEY);
        const isToCustomers = broadcast.recipients === "customers";
        const count = isToCustomers ? broadcast.counts.pending : broadcast.targets.length;
        showToast({ icon: Megaphone, title: t(isToCustomers ? "acceptedForCustomers" : "accepted", { count }) });
        void queryClient.invalidateQueries({ queryKey: trpc.notifications.broadcasts.estimate.queryKey() });
        onSent();
      },
    }),
  );
  return {
    isPending: sending.isPending,
    error: sending.error,
    reset: sending.reset,
    send(given: Content) {
      const content = JSON.stringify(given);
      if (tried.current.content !== content) tried.current = { content, clientId: crypto.randomUUID() };
      sending.mutate({ ...given, clientId: tried.current.clientId });
    },
  };
}

const ICONS = { active: Play, paused: Pause, cancelled: Ban } as const;
const PROCEDURES = { active: "resume", paused: "pause", cancelled: "cancel" } as const;

/** Sends again what failed; with `pin` false without pinning it. */
export function useRetryBroadcast() {
  const t = useTranslations("live.broadcast");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  return async ({ id }: Broadcast, pin: boolean): Promise<void> => {
    try {
      await client.notifications.broadcasts.retry.mutate({ id, pin });
      void readAgain(queryClient, KEY);
      showToast({ icon: RotateCw, title: t("now.retried") });
    } catch (error) {
      failed(t("notNow.retried"))(error);
    }
  };
}

/** Pauses a broadcast, goes on with it or gives it up: at once on the screen, and taken back when the server refuses. */
export function useSetBroadcastState() {
  const t = useTranslations("live.broadcast");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const put = usePutBroadcast();
  const failed = useFailureToast();
  return async (broadcast: Broadcast, state: Broadcast["state"], way: { paid?: false } = {}): Promise<void> => {
    put({ ...broadcast, state });
    try {
      await client.notifications.broadcasts[PROCEDURES[state]].mutate({ id: broadcast.id, ...way });
      void readAgain(queryClient, KEY);
      showToast({ icon: ICONS[state], title: t(`now.${state}`) });
    } catch (error) {
      put(broadcast);
      void readAgain(queryClient, KEY);
      failed(t(`notNow.${state}`))(error);
    }
  };
}

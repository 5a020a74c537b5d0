import type { Broadcast, BroadcastEvent, BroadcastInput } from "@pult/api/notifications/schema.ts";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Megaphone, Pause, Play } from "lucide-react";
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

type Content = Omit<BroadcastInput, "clientId">;

/** Sends a broadcast. The same content that is sent again after a failure keeps its id, so that it cannot arrive twice. */
export function useSendBroadcast(onSent: () => void) {
  const t = useTranslations("live.broadcast");
  const trpc = useTRPC();
  const put = usePutBroadcast();
  const tried = useRef({ content: "", clientId: "" });
  const sending = useMutation(
    trpc.notifications.broadcast.mutationOptions({
      onSuccess: (broadcast) => {
        tried.current = { content: "", clientId: "" };
        put(broadcast);
        showToast({ icon: Megaphone, title: t("accepted", { count: broadcast.targets.length }) });
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

/** Pauses a broadcast, goes on with it or gives it up: at once on the screen, and taken back when the server refuses. */
export function useSetBroadcastState() {
  const t = useTranslations("live.broadcast");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const put = usePutBroadcast();
  const failed = useFailureToast();
  return async (broadcast: Broadcast, state: Broadcast["state"]): Promise<void> => {
    put({ ...broadcast, state });
    try {
      put(await client.notifications.broadcasts[PROCEDURES[state]].mutate({ id: broadcast.id }));
      showToast({ icon: ICONS[state], title: t(`now.${state}`) });
    } catch (error) {
      put(broadcast);
      void queryClient.invalidateQueries({ queryKey: KEY });
      failed(t(`notNow.${state}`))(error);
    }
  };
}

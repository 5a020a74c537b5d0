import type { Reach } from "@pult/api/notifications/analytics/schema.ts";
import type { AlertEvent, LiveAlert } from "@pult/api/notifications/schema.ts";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { followPersistently } from "../../../trpc/follow.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain, readUnfinishedAgain } from "../../../trpc/read-again.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { ALERTS_KEY, type AlertRow, type AlertState, alertsKey, published, putAlert } from "./alerts-cache.ts";
import { useAmounts } from "./use-amounts.ts";

const PAGE_SIZE = 50;
const MAX_COUNTED = 200;

function useAlertList(state: AlertState, enabled = true) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: alertsKey(state),
    enabled,
    queryFn: async ({ pageParam, signal }) => {
      const input = { state, limit: PAGE_SIZE, ...(pageParam === null ? {} : { before: pageParam }) };
      const { alerts, nextBefore } = await client.notifications.liveAlerts.list.query(input, { signal });
      return { rows: alerts as AlertRow[], nextBefore };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextBefore,
  });
}

/** The alerts of each state; the settled ones, which no counter needs, once they are wanted. */
export function useAlertLists({ wantsSettled }: { wantsSettled: boolean }) {
  const open = useAlertList("open");
  const expired = useAlertList("expired");
  const settled = useAlertList("settled", wantsSettled);
  return { open, expired, settled };
}

/** Users return, and open what they were sent. */
const REACH_MS = 5_000;

/** Whom alerts have reached, by alert; counted again while they are open. */
export function useReach(ids: readonly string[], isChanging: boolean): Record<string, Reach> {
  const trpc = useTRPC();
  const query = trpc.notifications.liveAlerts.reach.queryOptions(
    { ids: ids.slice(0, MAX_COUNTED) },
    {
      enabled: ids.length > 0,
      refetchInterval: isChanging ? REACH_MS : false,
      placeholderData: keepPreviousData,
    },
  );
  return useQuery(query).data ?? {};
}

/** Follows what is published and settled. @returns the name of the alert that was heard of last, to be read aloud */
export function useAlertLog(): string {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [heard, setHeard] = useState("");
  useEffect(
    () =>
      followPersistently<AlertEvent, { alerts: LiveAlert[] }>(
        (input, handlers) => client.notifications.onLiveAlert.subscribe(input, handlers),
        {
          onEvent(event) {
            if (event.type !== "published" && event.type !== "settled") return;
            putAlert(queryClient, event.type === "settled" ? event.alert : published(event.alert));
            readUnfinishedAgain(queryClient, ALERTS_KEY);
            if (event.type === "published") setHeard(event.alert.name);
          },
          // Lists that were asked for before the log was followed may lack what happened in between.
          onPosition: () => void readAgain(queryClient, ALERTS_KEY),
          onRefused: () => void readAgain(queryClient, ALERTS_KEY),
        },
      ),
    [client, queryClient],
  );
  return heard;
}

/** Settles an alert: at once on the screen, and taken back when the server refuses. */
export function useSettle() {
  const t = useTranslations("live.alerts");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const { signed } = useAmounts();
  const { mutateAsync } = useMutation(trpc.notifications.liveAlerts.settle.mutationOptions());
  return async (row: AlertRow, profit: string): Promise<void> => {
    putAlert(queryClient, { ...row, profit, settledAt: new Date().toISOString() });
    try {
      await mutateAsync({ id: row.id, profit });
      void readAgain(queryClient, ALERTS_KEY);
      showToast({ icon: CircleCheck, title: t("settledDone", { name: row.name, profit: signed(profit) }) });
    } catch (error) {
      putAlert(queryClient, row);
      void readAgain(queryClient, ALERTS_KEY);
      failed(t("notSettled", { name: row.name }))(error);
    }
  };
}

import type { StatusSample } from "@pult/api/notifications/analytics/schema.ts";
import type { BotStatus } from "@pult/api/notifications/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { createStore, useStore } from "zustand";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { addSample, type Sample, withHistory } from "./status-history.ts";

const NONE: readonly StatusSample[] = [];
const RETRY_MS = 3_000;
/** A new minute was written down meanwhile. */
const HISTORY_MS = 60_000;
/** The last minutes stay while other pages are visited. */
const history = createStore<readonly Sample[]>(() => []);

/** The bot's figures as they come, and the last hour of them. */
export function useStatus() {
  const client = useTRPCClient();
  const heard = useStore(history);
  const trpc = useTRPC();
  const written = useQuery(trpc.notifications.statusHistory.queryOptions(undefined, { refetchInterval: HISTORY_MS }));
  const deliveries = written.data?.samples ?? NONE;
  const samples = useMemo(() => (heard.length > 0 ? withHistory(heard, deliveries) : heard), [heard, deliveries]);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt begins anew
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = (status: BotStatus) => {
      setError(null);
      history.setState((samples) => addSample(samples, status, Date.now()), true);
    };
    const asking = new AbortController();
    client.notifications.status.query(undefined, { signal: asking.signal }).then(hear, (failure) => {
      if (!asking.signal.aborted) setError(failure);
    });
    const { unsubscribe } = client.notifications.onStatus.subscribe(undefined, {
      onData: hear,
      onError(failure) {
        setError(failure);
        const { kind } = toFailure(failure);
        if (kind !== "forbidden" && kind !== "signedOut") timer = setTimeout(() => setAttempt((n) => n + 1), RETRY_MS);
      },
    });
    return () => {
      asking.abort();
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, attempt]);
  return { samples, deliveries, error, retry: () => setAttempt((n) => n + 1) };
}

import type { BotStatus } from "@pult/api/notifications/schema.ts";
import { useEffect, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Store, useStore } from "../../../ui/store.ts";
import { addSample, type Sample } from "./status-history.ts";

const RETRY_MS = 3_000;
/** The last minutes stay while other pages are visited. */
const history = new Store<readonly Sample[]>([]);

/** The bot's figures as they come, and the last minutes of them. */
export function useStatus() {
  const client = useTRPCClient();
  const samples = useStore(history);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt begins anew
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = (status: BotStatus) => {
      setError(null);
      history.set(addSample(history.snapshot(), status, Date.now()));
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
  return { samples, error, retry: () => setAttempt((n) => n + 1) };
}

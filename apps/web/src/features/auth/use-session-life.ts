"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useConnection, usePageConnection } from "../../trpc/connection.tsx";
import { toFailure } from "../../trpc/failure.ts";
import { useTRPC, useTRPCClient } from "../../trpc/provider.tsx";
import { goToSignIn } from "./leave.ts";

/** How often an unreachable server is asked whether it is the session that is over. */
const ASK_MS = 5_000;
/** How soon the session is followed again after the server broke off. */
const FOLLOW_AGAIN_MS = 3_000;

/**
 * Follows the session for as long as the dashboard is open: rights that change show at once, and its end leads to sign-in without
 * anything being asked for.
 */
export function useSessionLife(): void {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};
    const follow = () => {
      const { unsubscribe } = client.auth.onSession.subscribe(undefined, {
        onData(event) {
          if (event.type === "ended") return goToSignIn();
          if (event.type === "session") queryClient.setQueryData(trpc.auth.me.queryKey(), event.me);
        },
        onError(error) {
          if (toFailure(error).kind === "signedOut") return goToSignIn();
          timer = setTimeout(follow, FOLLOW_AGAIN_MS);
        },
      });
      stop = unsubscribe;
    };
    follow();
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, queryClient, trpc]);
  useDoubt();
}

/**
 * A socket that a browser may not open tells no reason: whoever is cut off asks over HTTP, at once and while it lasts, whether he is
 * still signed in. The answer leads to sign-in by itself.
 */
function useDoubt(): void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const connection = usePageConnection();
  const { phase } = useConnection();
  useEffect(() => {
    const ask = () => void queryClient.invalidateQueries({ queryKey: trpc.auth.me.queryKey() });
    let wasOpen = false;
    const stop = connection.subscribe(({ state }) => {
      if (wasOpen && state === "offline") ask();
      wasOpen = state !== "offline";
    });
    const timer = phase === "offline" ? setInterval(ask, ASK_MS) : undefined;
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [connection, phase, queryClient, trpc]);
}

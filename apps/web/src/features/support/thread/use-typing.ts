"use client";

import type { TypingEvent } from "@pult/api/support/schema.ts";
import { useEffect, useState } from "react";
import { useDesk } from "../desk-provider.tsx";

/** Silence of this long ends it, as the last word may have been lost with a connection. */
const SILENCE_MS = 6_000;

const keyOf = (event: TypingEvent) => `${event.side} ${event.actorId ?? event.name}`;

/** Who is typing in a conversation right now, apart from this agent. */
export function useTyping(conversationId: number | null): TypingEvent[] {
  const { client } = useDesk();
  const [typists, setTypists] = useState<TypingEvent[]>([]);
  useEffect(() => {
    if (conversationId === null) return;
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const stop = (key: string) => setTypists((current) => current.filter((typist) => keyOf(typist) !== key));
    const { unsubscribe } = client.support.onTyping.subscribe(
      { conversationId },
      {
        onData(event) {
          const key = keyOf(event);
          clearTimeout(timers.get(key));
          if (!event.typing) return stop(key);
          timers.set(
            key,
            setTimeout(() => stop(key), SILENCE_MS),
          );
          setTypists((current) => [...current.filter((typist) => keyOf(typist) !== key), event]);
        },
        // Nobody misses it: the thread's own log says when something is wrong.
        onError: () => {},
      },
    );
    return () => {
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
      setTypists([]);
    };
  }, [client, conversationId]);
  return typists;
}

"use client";

import type { ConversationPresence } from "@pult/api/support/schema.ts";
import { useEffect, useMemo, useState } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { useDesk } from "../desk-provider.tsx";
import { othersAround } from "./presence.ts";

/** Who is around the conversation besides this agent; null until it is known, and while nobody can know. */
export function usePresence(conversationId: number | null): ConversationPresence | null {
  const { client, agent } = useDesk();
  const { phase } = useConnection();
  const [known, setKnown] = useState<ConversationPresence | null>(null);
  useEffect(() => {
    if (conversationId === null) return;
    const { unsubscribe } = client.support.onPresence.subscribe(
      { conversationId },
      // A courtesy: the thread's own log says when something is wrong.
      { onData: setKnown, onError: () => setKnown(null) },
    );
    return () => {
      unsubscribe();
      setKnown(null);
    };
  }, [client, conversationId]);
  return useMemo(
    () => (known && phase !== "offline" ? { ...known, agents: othersAround(known.agents, agent.id) } : null),
    [known, phase, agent.id],
  );
}

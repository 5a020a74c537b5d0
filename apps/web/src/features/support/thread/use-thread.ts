"use client";

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useDesk } from "../desk-provider.tsx";

/** One conversation, followed for as long as it is on the screen. */
export function useThread(conversationId: number) {
  const desk = useDesk();
  const store = desk.thread(conversationId);
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
  useEffect(() => store.follow(), [store]);
  return { store, ...snapshot };
}

/** What this browser still has to deliver in a conversation. */
export function useOutgoing(conversationId: number) {
  const { outbox } = useDesk();
  const items = useSyncExternalStore(outbox.subscribe, outbox.snapshot, outbox.snapshot);
  return useMemo(() => items.filter((item) => item.conversationId === conversationId), [items, conversationId]);
}

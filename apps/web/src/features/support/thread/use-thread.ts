"use client";

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useDesk } from "../desk-provider.tsx";

const QUICK_MS = 350;
const PAUSE_MS = 200;
let openedAt = 0;

/** Whether the agent has stopped at a conversation: one that is only passed with J and K is not worth the server's while. */
export function useHasStopped(conversationId: number | null): boolean {
  const [stoppedAt, setStoppedAt] = useState<number | null>(null);
  useEffect(() => {
    const isPassing = Date.now() - openedAt < QUICK_MS;
    openedAt = Date.now();
    const timer = setTimeout(() => setStoppedAt(conversationId), isPassing ? PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [conversationId]);
  return stoppedAt === conversationId;
}

/** One conversation, followed for as long as the agent stays at it. */
export function useThread(conversationId: number, hasStopped: boolean) {
  const desk = useDesk();
  const store = desk.thread(conversationId);
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
  useEffect(() => (hasStopped ? store.follow() : undefined), [store, hasStopped]);
  return { store, ...snapshot };
}

/** What this browser still has to deliver in a conversation. */
export function useOutgoing(conversationId: number) {
  const { sendQueue } = useDesk();
  const items = useSyncExternalStore(sendQueue.subscribe, sendQueue.snapshot, sendQueue.snapshot);
  return useMemo(() => items.filter((item) => item.conversationId === conversationId), [items, conversationId]);
}

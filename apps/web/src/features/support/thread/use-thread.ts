import type { Message } from "@pult/api/support/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { useDesk } from "../desk-provider.tsx";
import { hearRow } from "../inbox/inbox-cache.ts";
import type { ThreadState } from "./thread-store.ts";

/** The message above the oldest unread one; null when nothing is unread. */
export function seenBefore(messages: readonly Message[], unreadCount: number): number | null {
  if (unreadCount === 0) return null;
  const fromCustomer = messages.filter((message) => message.kind === "customer");
  const oldestUnread = fromCustomer.at(-unreadCount) ?? fromCustomer[0];
  return oldestUnread ? oldestUnread.id - 1 : null;
}

/** Where "new messages" begins: fixed when the agent comes to the thread or looks away, gone when they answer. */
export function useSeenMark(thread: ThreadState, isLooking: boolean): number | null {
  const [seenId, setSeenId] = useState(() => seenBefore(thread.messages, thread.conversation.unreadCount));
  const lastId = thread.messages.at(-1)?.id ?? 0;
  const latest = useRef(lastId);
  latest.current = lastId;
  useEffect(() => {
    if (!isLooking) setSeenId((current) => current ?? latest.current);
  }, [isLooking]);
  const lastOwnId = thread.messages.findLast((message) => message.kind === "agent")?.id ?? 0;
  if (seenId !== null && lastOwnId > seenId) setSeenId(null);
  return seenId;
}

/** Reports to the server what was seen: once per newest message, and only while the page is in view. */
export function useMarkRead(thread: ThreadState, isSeen: boolean) {
  const desk = useDesk();
  const queryClient = useQueryClient();
  const marked = useRef(0);
  const { conversation } = thread;
  const messageId = thread.messages.findLast((message) => message.kind === "customer")?.id ?? 0;
  const isDue = isSeen && conversation.unreadCount > 0 && messageId > marked.current;
  const row = useRef(conversation);
  row.current = conversation;
  useEffect(() => {
    if (!isDue) return;
    marked.current = messageId;
    const { id, devices: _devices, telegram: _telegram, ...fields } = row.current;
    hearRow({ queryClient, desk, row: { ...fields, id, unreadCount: 0 } });
    desk.openThread(id)?.applyRow({ ...fields, id, unreadCount: 0 });
    desk.client.support.markConversationRead.mutate({ conversationId: id, messageId }).catch(() => {
      // Tried again with the next message, or when the agent comes back to the window.
      marked.current = 0;
    });
  }, [isDue, messageId, desk, queryClient]);
}

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
  const snapshot = useStore(store.state);
  useEffect(() => (hasStopped ? store.follow() : undefined), [store, hasStopped]);
  return { store, ...snapshot };
}

/** What this browser still has to deliver in a conversation. */
export function useOutgoing(conversationId: number) {
  const { sendQueue } = useDesk();
  const items = useStore(sendQueue.items);
  return useMemo(() => items.filter((item) => item.conversationId === conversationId), [items, conversationId]);
}

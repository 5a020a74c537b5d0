import type { Chat, Told, TypingEvent } from "@pult/api/chats/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Failure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useOpenAccount } from "../use-account-chats.ts";

/** One chat's messages, followed for as long as it is open. */
export function useChatThread(chatId: string) {
  const account = useOpenAccount();
  const store = account.thread(chatId);
  const snapshot = useStore(store.state);
  useEffect(() => store.follow(), [store]);
  return { store, ...snapshot };
}

/** What the account still has to deliver in a chat. */
export function useUnsent(chatId: string) {
  const { sends } = useOpenAccount();
  const items = useStore(sends.items);
  return useMemo(() => items.filter((item) => item.chatId === chatId), [items, chatId]);
}

/** Reports what was seen: once per newest message. */
export function useMarkRead(chat: Chat, newestId: number, isSeen: boolean) {
  const { client, accountId } = useOpenAccount();
  const marked = useRef(0);
  const isDue = isSeen && chat.unreadCount > 0 && newestId > marked.current;
  useEffect(() => {
    if (!isDue) return;
    marked.current = newestId;
    client.chats.markRead.mutate({ accountId, chatId: chat.id, maxId: newestId }).catch(() => {
      // Tried again with the next message, or when the agent comes back to the window.
      marked.current = 0;
    });
  }, [isDue, newestId, client, accountId, chat.id]);
}

/** Who types in a chat now, and how; by user id. */
export function useTyping(chatId: string): TypingEvent[] {
  const { client, accountId } = useOpenAccount();
  const [typists, setTypists] = useState<TypingEvent[]>([]);
  useEffect(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const stop = (userId: string) => setTypists((current) => current.filter((one) => one.userId !== userId));
    const { unsubscribe } = client.chats.onTyping.subscribe(
      { accountId, chatId },
      {
        onData(event) {
          clearTimeout(timers.get(event.userId));
          if (!event.isTyping) return stop(event.userId);
          const leftMs = Math.max(0, Date.parse(event.expiresAt) - Date.now());
          timers.set(
            event.userId,
            setTimeout(() => stop(event.userId), leftMs),
          );
          setTypists((current) => [...current.filter(({ userId }) => userId !== event.userId), event]);
        },
        // A courtesy: the log of the account shows when something is wrong.
        onError: () => {},
      },
    );
    return () => {
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
      setTypists([]);
    };
  }, [client, accountId, chatId]);
  return typists;
}

/** How a person is called who wrote in a chat; null until it is known. */
export function useSenderName(chat: Chat, senderId: string | null): string | null {
  const { accountId } = useOpenAccount();
  const trpc = useTRPC();
  const isAsked = senderId !== null && chat.type !== "private" && chat.type !== "bot" && chat.type !== "channel";
  const { data } = useQuery(
    trpc.chats.get.queryOptions(
      { accountId, chatId: senderId ?? chat.id },
      { enabled: isAsked, staleTime: Number.POSITIVE_INFINITY, retry: false },
    ),
  );
  return isAsked ? (data?.title ?? null) : chat.title;
}

/** Why a message did not leave, in the reader's language. */
export function useSendReason() {
  const t = useTranslations("errors.chats");
  const failureText = useFailureText();
  return ({ failure, error }: { failure: Failure | null; error: Told | null }): string => {
    if (failure) return failureText(failure);
    const { waitSeconds, reason, originalError } = error?.details ?? {};
    switch (error?.code) {
      case "RATE_LIMITED":
        return t("floodWait", { seconds: Number(waitSeconds ?? 0) });
      case "FORBIDDEN":
        return t("refused", { reason: String(reason ?? error.message) });
      case "AUTH_EXPIRED":
        return t("accountExpired");
      default:
        return t("telegramFailed", { reason: String(originalError ?? error?.message ?? "") });
    }
  };
}

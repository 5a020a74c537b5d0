import type { Chat } from "@pult/api/chats/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState } from "react";
import { useStore } from "zustand";
import { type Failure, toFailure } from "../../trpc/failure.ts";
import { useTRPCClient } from "../../trpc/provider.tsx";
import { useAgent } from "../auth/agent-context.tsx";
import { AccountChats } from "./account-chats.ts";
import { hearSession } from "./accounts/use-accounts.ts";
import type { Shelf } from "./send-box.ts";
import { readScheduledAgain } from "./thread/scheduled.ts";

/** A browser that keeps nothing has nothing to send after a reload. */
const shelfAt = (key: string): Shelf => ({
  read() {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  write(value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Kept in memory all the same.
    }
  },
});

/** An account's chats, followed for as long as the account is open. */
export function useAccountChats(accountId: string | null): AccountChats | null {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const { id: agentId } = useAgent();
  const [chats, setChats] = useState<AccountChats | null>(null);
  useEffect(() => {
    if (accountId === null) return setChats(null);
    const created = new AccountChats({
      client,
      accountId,
      agentId,
      shelf: shelfAt(`pult.chats.${agentId}.${accountId}`),
      onSession: (session) => hearSession(queryClient, session),
      onScheduled: (chatId, change) => readScheduledAgain(queryClient, { accountId, chatId, change }),
    });
    setChats(created);
    return created.follow();
  }, [client, queryClient, agentId, accountId]);
  return chats?.accountId === accountId ? chats : null;
}

export const AccountChatsContext = createContext<AccountChats | null>(null);

/** The open account's chats. */
export function useOpenAccount(): AccountChats {
  const chats = useContext(AccountChatsContext);
  if (!chats) throw new Error("useOpenAccount outside of an open account");
  return chats;
}

/** A chat of the open account, read by itself where the list does not have it. */
export function useChat(chatId: string): { chat: Chat | null; failure: Failure | null } {
  const account = useOpenAccount();
  const { list, failure: listFailure } = useStore(account.state);
  const [failure, setFailure] = useState<Failure | null>(null);
  const chat = list?.chats.get(chatId) ?? null;
  const isMissing = list !== null && chat === null;
  useEffect(() => {
    if (isMissing) account.need(chatId).then(undefined, (error) => setFailure(toFailure(error)));
  }, [account, chatId, isMissing]);
  return { chat, failure: chat ? null : (failure ?? listFailure) };
}

import type { Message, Page } from "@pult/api/chats/schema.ts";
import type { QueryClient } from "@tanstack/react-query";
import { readAgain } from "../../../trpc/read-again.ts";

export const scheduledKey = (accountId: string, chatId: string) => ["chats", "scheduled", accountId, chatId];

type Change = { accountId: string; chatId: string; change?: "sent" | undefined };

/** Something was scheduled or cancelled; with `sent`, it may have been what was scheduled. */
export function readScheduledAgain(queryClient: QueryClient, { accountId, chatId, change }: Change): void {
  const queryKey = scheduledKey(accountId, chatId);
  const known = queryClient.getQueryData<Page<Message>>(queryKey);
  if (change === undefined || (known && known.items.length > 0)) void readAgain(queryClient, queryKey);
}

import type { Transaction } from "@pult/db/database.ts";
import { telegramChats, telegramStores } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";

/** How long what no update speaks of is taken for true once Telegram has said it: details of a chat, what lies at a date, the list of contacts. */
export const FRESH_MS = { chat: 300_000, messages: 180_000, contacts: 1_800_000 };

export const isFresh = (readAt: Date | null, now: Date, kind: keyof typeof FRESH_MS): boolean =>
  readAt !== null && now.getTime() - readAt.getTime() <= FRESH_MS[kind];

/** Takes nothing of it for true any more: Telegram is asked again. */
export async function forgetFreshness(tx: Transaction, storeId: string): Promise<void> {
  await tx.update(telegramStores).set({ contactsAt: null }).where(eq(telegramStores.id, storeId));
  await tx.update(telegramChats).set({ fullAt: null }).where(eq(telegramChats.storeId, storeId));
}

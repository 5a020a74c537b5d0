import {
  telegramChats,
  telegramHistory,
  telegramSessions,
  telegramShares,
  telegramStores,
} from "@pult/db/schema/chats.ts";
import { and, eq } from "drizzle-orm";
import type { Deps } from "../context.ts";

/** A linked account as its rows, without a connection. */
export interface StoredAccount {
  accountId: string;
  storeId: string;
  /** Adds a private chat, or one of another type. */
  addChat(chatId: number, type?: string): Promise<void>;
  /** Adds a message, by default theirs and now. @returns its id */
  addMessage(chatId: number, given?: Partial<typeof telegramHistory.$inferInsert>): Promise<number>;
  removeMessage(chatId: number, id: number): Promise<void>;
  share(role: string): Promise<void>;
}

let lastUser = 700_000_000;

/** Links an account for an owner, such as `agent:<person id>`. */
export async function storeAccount({ db, now }: Pick<Deps, "db" | "now">, owner: string): Promise<StoredAccount> {
  const createdAt = now();
  const [store] = await db.insert(telegramStores).values({ owner, userId: ++lastUser, createdAt }).returning();
  const storeId = store?.id ?? "";
  const [session] = await db
    .insert(telegramSessions)
    .values({ owner, storeId, status: "AUTHORIZED", isDefault: true, createdAt, updatedAt: createdAt })
    .returning();
  const accountId = session?.id ?? "";
  let lastId = 0;
  return {
    accountId,
    storeId,
    async addChat(chatId, type = "private") {
      const at = { createdAt: now(), updatedAt: now() };
      const id = `${storeId}/${chatId}`;
      await db
        .insert(telegramChats)
        .values({ id, storeId, chatId, type, title: `Chat ${chatId}`, hasDialog: true, ...at });
    },
    async addMessage(chatId, given = {}) {
      const id = ++lastId;
      const message = { storeId, chatId, id, text: `Message ${id}`, date: now(), isOutgoing: false, ...given };
      await db.insert(telegramHistory).values(message);
      return id;
    },
    async removeMessage(chatId, id) {
      const { storeId: store, chatId: chat, id: message } = telegramHistory;
      await db.delete(telegramHistory).where(and(eq(store, storeId), eq(chat, chatId), eq(message, id)));
    },
    async share(role) {
      await db
        .insert(telegramShares)
        .values({ sessionId: accountId, role, access: "read", createdBy: "Olga", createdAt: now() });
    },
  };
}

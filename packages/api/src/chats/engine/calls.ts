import { rowsOf } from "@pult/db/rows.ts";
import { telegramChats, telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import { fetchShared, type Wanted } from "../files/fetch.ts";
import { knowRange } from "../store/dialogs.ts";
import { FRESH_MS, isFresh } from "../store/freshness.ts";
import { insertMessages } from "../store/messages.ts";
import { peerRowId } from "../store/peers.ts";
import type { LinkedAccount } from "./account.ts";
import { asUpdate, UNCOUNTED } from "./catch-up.ts";
import { readFullChat } from "./full-chat.ts";
import { TelegramFailure } from "./port.ts";
import { readContacts } from "./read-contacts.ts";
import { type MessagesPage, type Peer, readChatId, type TelegramMessage, type TypingAction } from "./telegram.ts";

/** Messages that Telegram gives at a time. */
const PAGE = 100;
/** Messages that are read of a chat's beginning: some may be service messages. */
const OLDEST = 20;

/** @throws TelegramFailure `refused` for a chat that the account cannot name */
async function peerOf(account: LinkedAccount, chatId: number): Promise<Peer> {
  const peer = await account.peerOf(chatId);
  if (!peer) throw new TelegramFailure("refused", "PEER_ID_INVALID");
  return peer;
}

interface HistoryPlace {
  chatId: number;
  offsetId: number;
  offsetDate: number;
}

/**
 * Calls that a node makes for others: what Telegram answers is stored, and read from there. Each throws `TelegramFailure`.
 */
export const CALLS = {
  /** A page of a chat's history. @returns the newest message of it; null for an empty one */
  async history(account: LinkedAccount, place: HistoryPlace): Promise<{ newestId: number | null }> {
    const { chatId, offsetId, offsetDate } = place;
    return account.reads.once(`messages/${chatId}/${offsetId}/${offsetDate}`, async () => {
      const known = offsetDate > 0 ? foundAt(account, place) : await knownBelow(account, place);
      return known ?? readHistory(account, place);
    });
  },

  /** The oldest messages of a chat. */
  async beginning(account: LinkedAccount, { chatId }: { chatId: number }): Promise<null> {
    return account.reads.once(`beginning/${chatId}`, async () => {
      const oldest = { offsetId: 1, offsetDate: 0, addOffset: -OLDEST, limit: OLDEST };
      const page = await account.connection.getHistory({ peer: await peerOf(account, chatId), ...oldest });
      await account.settled();
      const newest = Math.max(0, ...page.messages.map(({ id }) => id));
      await storePage(account, { chatId, page }, { from: 1, to: newest > 0 ? newest + 1 : null });
      return null;
    });
  },

  /** The list of chats, once it was read. */
  async dialogs(account: LinkedAccount): Promise<null> {
    const { ctx, target } = account;
    const [store] = await ctx.db.select().from(telegramStores).where(eq(telegramStores.id, target.storeId));
    if (!store?.dialogsAt) await account.caughtUp();
    return null;
  },

  /** Bio, description and members of a chat. */
  async fullChat(account: LinkedAccount, { chatId }: { chatId: number }): Promise<null> {
    return account.reads.once(`chat/${chatId}`, async () => {
      const { db, now } = account.ctx;
      const [chat] = await db
        .select({ fullAt: telegramChats.fullAt })
        .from(telegramChats)
        .where(eq(telegramChats.id, peerRowId(account.target.storeId, chatId)));
      if (!isFresh(chat?.fullAt ?? null, now(), "chat"))
        await readFullChat(account, await peerOf(account, chatId), { tells: false });
      return null;
    });
  },

  async contacts(account: LinkedAccount): Promise<null> {
    return account.reads.once("contacts", async () => {
      const { db, now } = account.ctx;
      const [store] = await db.select().from(telegramStores).where(eq(telegramStores.id, account.target.storeId));
      if (!isFresh(store?.contactsAt ?? null, now(), "contacts")) await readContacts(account);
      return null;
    });
  },

  async resolve(
    account: LinkedAccount,
    input: { username: string } | { phoneNumber: string },
  ): Promise<{ chatId: number }> {
    const { users, groups, chatId } = await account.connection.resolve(input);
    await account.commit((application) => application.learn({ users, groups }, account));
    return { chatId };
  },

  /** Keys of what Telegram finds, newest first. */
  async search(
    account: LinkedAccount,
    input: { chatId: number | null; query: string; offsetId: number; limit: number },
  ): Promise<{ keys: { chatId: number; id: number }[]; totalCount: number }> {
    const { chatId, ...query } = input;
    const peer = chatId === null ? null : await peerOf(account, chatId);
    const page = await account.connection.search({ peer, ...query });
    await account.settled();
    for (const [id, messages] of Map.groupBy(page.messages, (message) => message.chatId))
      await storePage(account, { chatId: id, page: { ...page, messages } }, null);
    return {
      keys: page.messages.map(({ chatId: id, id: messageId }) => ({ chatId: id, id: messageId })),
      totalCount: page.totalCount,
    };
  },

  async scheduled(account: LinkedAccount, { chatId }: { chatId: number }): Promise<{ messages: TelegramMessage[] }> {
    const page = await account.connection.getScheduled(await peerOf(account, chatId));
    await account.commit((application) => application.learn(page, account));
    return { messages: page.messages };
  },

  async typing(
    account: LinkedAccount,
    { chatId, action }: { chatId: number; action: TypingAction | "cancel" },
  ): Promise<null> {
    await account.connection.setTyping({ peer: await peerOf(account, chatId), action });
    return null;
  },

  /** Up to `maxId`; without a receipt only here. */
  async read(account: LinkedAccount, { chatId, maxId }: { chatId: number; maxId: number }): Promise<null> {
    const [row] = await account.ctx.db
      .select({ sendsReceipts: telegramSessions.sendsReceipts })
      .from(telegramSessions)
      .where(eq(telegramSessions.id, account.target.accountId));
    if (row?.sendsReceipts) await account.connection.markRead({ peer: await peerOf(account, chatId), maxId });
    await account.settled();
    await account.commit((application) =>
      application.apply([{ ...UNCOUNTED, type: "readInbox", chatId, maxId, unreadCount: null }]),
    );
    return null;
  },

  async edit(
    account: LinkedAccount,
    { chatId, ...input }: { chatId: number } & Omit<Parameters<LinkedAccount["connection"]["edit"]>[0], "peer">,
  ): Promise<null> {
    await account.connection.edit({ peer: await peerOf(account, chatId), ...input });
    await account.settled();
    return null;
  },

  async delete(
    account: LinkedAccount,
    { chatId, ids, forEveryone }: { chatId: number; ids: number[]; forEveryone: boolean },
  ): Promise<null> {
    await account.connection.delete({ peer: await peerOf(account, chatId), ids, forEveryone });
    await account.settled();
    // Telegram says so to the others only: its answer to us carries the count.
    const isChannel = readChatId(chatId).kind === "channel";
    await account.commit((application) =>
      application.apply([{ ...UNCOUNTED, type: "deleted", chatId: isChannel ? chatId : null, ids }]),
    );
    return null;
  },

  async forward(
    account: LinkedAccount,
    { from, to, ids, randomIds }: { from: number; to: number; ids: number[]; randomIds: string[] },
  ): Promise<{ ids: number[] }> {
    const peers = { from: await peerOf(account, from), to: await peerOf(account, to) };
    const { messages } = await account.connection.forward({ ...peers, ids, randomIds });
    await account.settled();
    return { ids: messages.flatMap((message) => message?.id ?? []) };
  },

  async react(
    account: LinkedAccount,
    { chatId, id, emoji }: { chatId: number; id: number; emoji: string | null },
  ): Promise<null> {
    await account.connection.react({ peer: await peerOf(account, chatId), id, emoji });
    await account.settled();
    return null;
  },

  async deleteScheduled(account: LinkedAccount, { chatId, ids }: { chatId: number; ids: number[] }): Promise<null> {
    await account.connection.deleteScheduled({ peer: await peerOf(account, chatId), ids });
    await account.settled();
    await account.commit((application) =>
      application.apply([{ ...UNCOUNTED, type: "scheduledDeleted", chatId, ids, sentIds: [] }]),
    );
    return null;
  },

  /** Brings a file into the media store, where every node finds it. */
  async fetchFile(account: LinkedAccount, wanted: Wanted): Promise<null> {
    await fetchShared(account, wanted);
    return null;
  },

  async devices(account: LinkedAccount) {
    return account.connection.getDevices();
  },

  async endDevice(account: LinkedAccount, { id }: { id: string }): Promise<null> {
    await account.connection.endDevice(id);
    return null;
  },
};

export type CallName = keyof typeof CALLS;
export type CallInput<Name extends CallName> =
  Parameters<(typeof CALLS)[Name]> extends [unknown, infer Input] ? Input : null;
export type CallResult<Name extends CallName> = Awaited<ReturnType<(typeof CALLS)[Name]>>;

/** Stores a page. Messages that are newer than what was told are told: their updates may come after the answer. */
async function storePage(
  account: LinkedAccount,
  { chatId, page }: { chatId: number; page: MessagesPage },
  range: { from: number; to: number | null } | null,
): Promise<void> {
  const { storeId } = account.target;
  const since = account.ctx.now().getTime() / 1_000 - 60;
  await account.commit(async (application, tx) => {
    await application.learn(page, account);
    const [chat] = rowsOf<{ topMessageId: number | null; hasDialog: boolean }>(
      await tx.execute(sql`
        select top_message_id as "topMessageId", has_dialog as "hasDialog" from telegram_chats where store_id = ${storeId} and chat_id = ${chatId}`),
    );
    const top = chat?.hasDialog ? Number(chat.topMessageId ?? 0) : null;
    const isNew = ({ id, date }: TelegramMessage) => (top === null ? date >= since : id > top);
    await application.apply(page.messages.filter(isNew).toReversed().map(asUpdate));
    await insertMessages(tx, storeId, page.messages);
    if (range) await knowRange(tx, storeId, { chatId, ...range, totalCount: page.totalCount });
  });
}

async function readHistory(
  account: LinkedAccount,
  { chatId, offsetId, offsetDate }: HistoryPlace,
): Promise<{ newestId: number | null }> {
  const { ctx, reads } = account;
  const since = reads.changes;
  const peer = await peerOf(account, chatId);
  const page = await account.connection.getHistory({ peer, offsetId, offsetDate, limit: PAGE });
  await account.settled();
  const ids = page.messages.map(({ id }) => id);
  const [newestId = null, oldestId = null] = ids.length > 0 ? [Math.max(...ids), Math.min(...ids)] : [];
  const isEnd = page.messages.length < PAGE;
  const from = isEnd || oldestId === null ? 1 : oldestId;
  // Between a date and the page there may be nothing, or something that is not known.
  const to = offsetDate > 0 ? (newestId === null ? from : newestId + 1) : offsetId > 0 ? offsetId : null;
  await storePage(account, { chatId, page }, { from, to });
  const until = ctx.now().getTime() + FRESH_MS.messages;
  if (offsetDate > 0) reads.keepFound(chatId, `${offsetId}/${offsetDate}`, { newestId, until, since });
  return { newestId };
}

const foundAt = ({ reads, ctx }: LinkedAccount, { chatId, offsetId, offsetDate }: HistoryPlace) =>
  reads.foundAt(chatId, `${offsetId}/${offsetDate}`, ctx.now().getTime());

/** Whether another call has brought what lies below meanwhile. */
async function knownBelow(
  { ctx, target }: LinkedAccount,
  { chatId, offsetId }: HistoryPlace,
): Promise<{ newestId: null } | null> {
  const isThere = offsetId > 0 ? sql`known @> ${offsetId - 1}::bigint` : sql`upper_inf(known)`;
  const rows = rowsOf(
    await ctx.db.execute(
      sql`select 1 from telegram_chats where store_id = ${target.storeId} and chat_id = ${chatId} and ${isThere}`,
    ),
  );
  return rows.length > 0 ? { newestId: null } : null;
}

import { telegramChats, telegramHistory } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { contextOf, makeAgent, SYSTEM } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { chatsTopic } from "../events.ts";
import { sweepMessages } from "../sweep-messages.ts";

describeOnDatabases("Stored chats", (world) => {
  it("count what is unread, without muted and archived chats, and tell when it changes", async () => {
    const agent = await makeAgent(world.deps);
    const account = await storeAccount(world.deps, `agent:${agent.personId}`);
    for (const id of [1, 2, 3, 4]) await account.addChat(id);
    const { db, now, bus } = world.deps;
    const set = (chatId: number, values: Partial<typeof telegramChats.$inferInsert>) =>
      db.update(telegramChats).set(values).where(eq(telegramChats.chatId, chatId));
    await set(1, { unreadCount: 2 });
    await set(2, { unreadCount: 5, mutedUntil: new Date(now().getTime() + 60_000) });
    await set(3, { unreadCount: 7, isArchived: true });
    const live = readerOf((signal) => world.as(agent, signal).chats.onUnread());
    expect(await live.next()).toEqual({ count: 2 });
    const changed = live.next();
    await set(4, { unreadCount: 1 });
    const payload = { type: "messageDeleted", accountId: account.accountId, chatId: "4", messageIds: [] };
    const topic = chatsTopic.name(account.accountId);
    publishAppended(bus, await db.transaction((tx) => appendToLogs(tx, [{ topic, payload }])));
    expect(await changed).toEqual({ count: 3 });
    await live.stop();
    expect(await world.as(await makeAgent(world.deps)).chats.unread()).toEqual({ count: 0 });
  });

  it("give up old messages but the newest, and are read from Telegram there again", async () => {
    const agent = await makeAgent(world.deps);
    const account = await storeAccount(world.deps, `agent:${agent.personId}`);
    await account.addChat(1);
    const { db, now } = world.deps;
    const old = new Date(now().getTime() - 10 * 24 * 3_600_000);
    for (const date of [old, old, now(), old]) await account.addMessage(1, { date });
    await db.update(telegramChats).set({ topMessageId: 4, known: "{[1,)}" });
    const ctx = contextOf(world.deps, SYSTEM);
    const before = new Date(now().getTime() - 24 * 3_600_000);
    expect(await sweepMessages(ctx, { before, dryRun: true })).toBe(2);
    expect(await sweepMessages(ctx, { before, dryRun: false })).toBe(2);
    expect((await db.select({ id: telegramHistory.id }).from(telegramHistory)).map(({ id }) => id)).toEqual([3, 4]);
    const [chat] = await db.select({ known: sql<string>`known::text` }).from(telegramChats);
    expect(chat?.known).toBe("{[3,)}");
  });
});

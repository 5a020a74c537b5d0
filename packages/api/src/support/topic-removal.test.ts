import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { BotError, type BotFailure } from "../telegram/bot.ts";
import { seeUpdates } from "../telegram/traces.ts";
import { makeCustomer } from "../testing/factories.ts";
import { createTestDesk, GROUP_ID } from "../testing/telegram-desk.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { eraseConversations } from "./personal-erasure.ts";
import { conversationSubject } from "./subjects.ts";

describeOnDatabases("The topic of a customer who was erased", { telegram: true }, (world) => {
  /** A customer with a topic, who is erased then. */
  const erase = async () => {
    const desk = createTestDesk(world.deps);
    const { conversationId } = await world.writeAs(makeCustomer({ name: "Anna" }));
    await desk.deliver();
    const [row] = await world.query<{ id: string }>(
      sql`select person_id as id from conversations where id = ${conversationId}`,
    );
    const now = world.deps.now();
    const updates = await seeUpdates(
      world.deps.db,
      { telegramIds: [], subjects: [conversationSubject(conversationId)] },
      now,
    );
    await world.deps.db.transaction((tx) =>
      eraseConversations(tx, { personIds: [row?.id ?? ""], identities: [], updates, now }),
    );
    return desk;
  };
  const owed = () => world.query(sql`select state, reason from outbox where kind = 'telegram.removeTopic'`);

  it("is removed with all that stands in it", async () => {
    const { bot, deliver, shown } = await erase();
    expect(shown(GROUP_ID)).toHaveLength(2);
    await deliver();
    expect([bot.topics, shown(GROUP_ID)]).toEqual([[], []]);
    expect(await owed()).toEqual([{ state: "done", reason: null }]);
  });

  it("is done when the topic is already removed", async () => {
    const { bot, deliver } = await erase();
    bot.deleteTopic(GROUP_ID, bot.topics[0]?.threadId ?? 0);
    await deliver();
    expect(await owed()).toEqual([{ state: "done", reason: null }]);
  });

  it.each<BotFailure>(["flood", "down"])("waits while Telegram is not to be had (%s)", async (failure) => {
    const { bot, deliver } = await erase();
    bot.failNext("removeTopic", new BotError(failure, "Later", { retryAfterMs: 1_000 }));
    await deliver();
    expect(await owed()).toEqual([{ state: "pending", reason: "Later" }]);
    world.deps.clock.advance(60_000);
    await deliver();
    expect(bot.topics).toEqual([]);
  });

  it.each<BotFailure>(["forbidden", "rejected", "migrated"])(
    "stays when Telegram refuses (%s), and says why",
    async (failure) => {
      const { bot, deliver } = await erase();
      bot.failNext("removeTopic", new BotError(failure, "Not enough rights", { migratedToChatId: -1002 }));
      await deliver();
      expect(await owed()).toEqual([{ state: "failed", reason: "Not enough rights" }]);
      expect(bot.topics).toHaveLength(1);
    },
  );
});

import { telegramChats, telegramStores } from "@pult/db/schema/chats.ts";
import { sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { linkAccount } from "../../testing/linked-account.ts";
import { describeOnPostgres } from "../../testing/test-deps.ts";
import { unlinkAccount } from "./unlink.ts";

describeOnPostgres("A linked account that is deleted", (world) => {
  it("waits for what is being stored of it", async () => {
    const telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    const me = telegram.addUser({ firstName: "Me" }).id;
    const ann = telegram.addUser({ firstName: "Ann" }).id;
    const customer = makeCustomer();
    const owner = `app:${customer.externalId}`;
    telegram.write(ann, me, "before");
    const account = await linkAccount(world.deps, telegram, { userId: me, owner });
    await account.start();
    const { db } = world.deps;
    const isHeld = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const holding = db.transaction(async (tx) => {
      await tx.select().from(telegramChats).for("update");
      isHeld.resolve();
      await mayEnd.promise;
    });
    await isHeld.promise;
    const untilWaiting = (count: number) =>
      vi.waitFor(
        async () =>
          expect(
            await world.query(
              sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            ),
          ).toHaveLength(count),
        { timeout: 15_000, interval: 10 },
      );
    telegram.write(ann, me, "after");
    await untilWaiting(1);
    const ctx = world.contextOf({ ...customer, proof: { kind: "token", expiresAt: new Date("2027-01-01") } });
    const unlinking = unlinkAccount(ctx, { accountId: account.accountId, purge: true });
    await untilWaiting(2);
    mayEnd.resolve();
    await Promise.all([holding, unlinking]);
    await account.stop();
    expect(await db.select().from(telegramStores)).toEqual([]);
  });
});

import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { contextOf, makeCustomer, SYSTEM } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { checkHealth } from "./health.ts";

describeOnBothDatabases("The health of linked accounts", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount | null = null;
  const failsAfter = async (ms: number) => {
    world.deps.clock.advance(ms);
    await checkHealth(contextOf(world.deps, SYSTEM));
    return world.deps.mtproto.health.isFailed;
  };

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    await failsAfter(0);
  });
  afterEach(() => account?.stop());

  async function link(): Promise<LinkedTestAccount> {
    const me = telegram.addUser({ firstName: "Me" }).id;
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${makeCustomer().externalId}` });
    return account;
  }

  it("fails once none has been connected for 60 s, and is well again with the first that is", async () => {
    expect(await failsAfter(3_600_000)).toBe(false);
    const { start } = await link();
    expect(await failsAfter(59_999)).toBe(false);
    expect(await failsAfter(1)).toBe(true);
    await start();
    expect(await failsAfter(0)).toBe(false);
    expect(await failsAfter(3_600_000)).toBe(false);
  });

  it("does not take the word of a node that is gone", async () => {
    const { start, accountId } = await link();
    await start();
    await account?.stop();
    await world.deps.db.execute(sql`update telegram_sessions set connection = 'connected' where id = ${accountId}`);
    expect(await failsAfter(60_000)).toBe(true);
    await world.deps.db.execute(sql`update telegram_sessions set status = 'EXPIRED' where id = ${accountId}`);
    expect(await failsAfter(0)).toBe(false);
  });
});

import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { Replica } from "../../readers.ts";
import { contextOf, makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { listMessages, searchMessages } from "./history.ts";

describeOnBothDatabases("Stored chats", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let ann: number;
  const ctx = () => contextOf(world.deps, owner);
  const newest = async () =>
    (await listMessages(ctx(), { chatId: String(ann), limit: 1 }, { mustWork: true })).items[0]?.text;
  const find = (query: string) => searchMessages(ctx(), { query, limit: 30 });

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    ann = telegram.addUser({ firstName: "Ann" }).id;
    const me = telegram.addUser({ firstName: "Me" }).id;
    const customer = makeCustomer();
    owner = { ...customer, proof: { kind: "token", expiresAt: new Date("2027-01-01") } };
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${customer.externalId}` });
    await account.start();
    telegram.write(ann, me, "hello");
    await vi.waitFor(async () => expect(await newest()).toBe("hello"), { timeout: 15_000 });
  });
  afterEach(() => account.stop());

  it("are read from a replica that holds their newest change, and from the database while it does not", async () => {
    // A copy that says what it was asked, beside the database itself.
    const asked: string[] = [];
    let isBehind = false;
    const copy = Object.create(world.deps.db, {
      transaction: {
        value: (work: (tx: unknown) => Promise<unknown>) =>
          world.deps.db.transaction(async (tx) => {
            if (isBehind) await tx.execute(sql`update telegram_stores set last_update_at = null`);
            asked.push(isBehind ? "behind" : "current");
            return work(tx);
          }),
      },
    });
    world.deps.readers = { ...world.deps.readers, replica: new Replica(copy, world.deps.log) };
    expect([await newest(), (await find("hello")).totalCount, asked.length]).toEqual(["hello", 1, 2]);
    isBehind = true;
    expect([await newest(), (await find("hello")).totalCount, asked.length]).toEqual(["hello", 1, 4]);
  });

  it("are read from the database while the replica is away", async () => {
    const gone = { transaction: () => Promise.reject(new Error("away")) };
    world.deps.readers = { ...world.deps.readers, replica: new Replica(gone as never, world.deps.log) };
    expect(await newest()).toBe("hello");
    expect(await newest()).toBe("hello");
    expect(world.deps.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});

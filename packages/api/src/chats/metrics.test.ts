import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../actor.ts";
import type { Sample } from "../counts.ts";
import { contextOf, makeCustomer, SYSTEM } from "../testing/factories.ts";
import { FakeTelegram } from "../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../testing/linked-account.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { countsOf } from "./counts.ts";
import { markFlood } from "./engine/session-state.ts";
import { chatsMetrics } from "./metrics.ts";
import { listContacts } from "./store/contacts.ts";
import { listMessages } from "./store/history.ts";

describeOnBothDatabases("Figures of linked accounts", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let me: number;
  let ann: number;
  const read = (name: string) =>
    chatsMetrics.find((metric) => metric.name === `pult_telegram_${name}`)?.read(contextOf(world.deps, SYSTEM));
  const numberOf = (name: string, labels: Record<string, string>) =>
    (read(name) as Sample[]).find((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels))?.value;

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    ann = telegram.addUser({ firstName: "Ann" }).id;
    const customer = makeCustomer();
    owner = { ...customer, proof: { kind: "token", expiresAt: new Date("2027-01-01") } };
    for (const text of ["before", "and before"]) telegram.write(ann, me, text);
    world.deps.clock.advance(60_000);
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${customer.externalId}` });
    await account.start();
  });
  afterEach(() => account.stop());

  it("counts calls, updates, recoveries, waits and what was found stored", async () => {
    telegram.write(ann, me, "one");
    await vi.waitFor(() => expect(numberOf("updates_total", { kind: "message" })).toBe(1), { timeout: 15_000 });
    telegram.losesPushes = true;
    telegram.write(ann, me, "two");
    telegram.losesPushes = false;
    world.deps.clock.advance(20_000);
    telegram.write(ann, me, "three");
    await vi.waitFor(() => expect(numberOf("updates_total", { kind: "message" })).toBe(3), { timeout: 15_000 });
    expect(numberOf("recoveries_total", { kind: "account" })).toBe(1);
    expect(countsOf(world.deps).updateLag).toMatchObject({ sum: 20, counts: [2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0] });

    const ctx = contextOf(world.deps, owner);
    const page = { chatId: String(ann), limit: 30 };
    for (let times = 0; times < 3; times++) await listMessages(ctx, page, { mustWork: true });
    expect(numberOf("cache_total", { kind: "messages", outcome: "miss" })).toBe(1);
    expect(numberOf("cache_total", { kind: "messages", outcome: "hit" })).toBe(2);

    telegram.failNextWith("getContacts", "flood", "FLOOD_WAIT_40", 40);
    await expect(listContacts(ctx, { limit: 30 }, { mustWork: true })).rejects.toThrow();
    expect(numberOf("calls_total", { method: "getContacts", outcome: "flood" })).toBe(1);
    expect(await read("flood_waits_total")).toBe(1);
    await markFlood(contextOf(world.deps, SYSTEM), account.accountId, 40_000);
    expect(await read("flood_wait_seconds")).toBe(40);
    expect(await read("sends_waiting")).toBe(0);
    expect(await read("accounts")).toMatchObject({ AUTHORIZED: 1, EXPIRED: 0 });
  });
});

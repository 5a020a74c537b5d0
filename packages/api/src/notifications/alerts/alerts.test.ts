import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { keepUp } from "../../notices/upkeep.ts";
import { foldSentMessages } from "../../telegram/sent-messages.ts";
import { callerOf, contextOf, keyWith, makeTelegramCustomer, SYSTEM } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { createTestDesk, GROUP_ID, settleOutbox } from "../../testing/telegram-desk.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

const STAFF = keyWith("notifications:write");

describeOnDatabases("Live alerts", { config: { liveChat: { chatId: GROUP_ID, threadId: null } } }, (world) => {
  const api = (actor: Actor = STAFF) => callerOf(world.deps, actor).notifications;
  const inMinutes = (minutes: number) => new Date(world.deps.now().getTime() + minutes * 60_000).toISOString();
  const publish = (name: string, minutes = 10) =>
    api().liveAlerts.publish({
      type: "t",
      name,
      marketId: "m",
      confidence: 0.5,
      ev: -1.5,
      sport: "s",
      stake: "10.50",
      expiresAt: inMinutes(minutes),
    });
  function follow(actor: Actor, lastEventId?: string) {
    return readerOf(async function* (signal) {
      const items = await callerOf(world.deps, actor, signal).notifications.onLiveAlert({ lastEventId });
      for await (const item of items) if (Array.isArray(item)) yield item as unknown as [string, { type: string }];
    });
  }

  it("show customers what is open, and staff what it came to", async () => {
    const [staff, customer] = [follow(STAFF), follow(makeTelegramCustomer())];
    const [position] = await customer.next();
    await staff.next();
    const { id } = await publish("first");
    await api().liveAlerts.settle({ id, profit: "-3.25" });
    const seen = (await staff.take(2)).map(([, event]) => event);
    expect(seen).toMatchObject([
      { type: "published", alert: { id, name: "first" } },
      { type: "settled", alert: { id, profit: "-3.25", stake: "10.50", publishedBy: "Shop server" } },
    ]);
    const shown = (await customer.take(2)).map(([, event]) => event);
    expect(shown[1]).toEqual({ type: "closed", id });
    expect(JSON.stringify(shown)).not.toMatch(/stake|publishedBy|profit/);
    await Promise.all([staff.stop(), customer.stop()]);
    world.deps.clock.advance(3_600_000);
    const late = follow(makeTelegramCustomer(), position);
    expect((await late.take(3)).map(([, { type }]) => type)).toEqual(["position", "other", "closed"]);
    await late.stop();
  });

  it("are listed for customers while they are open", async () => {
    const [{ id }, { id: closed }] = [await publish("open"), await publish("closed")];
    await publish("expired", 1);
    await api().liveAlerts.settle({ id: closed, profit: "1" });
    world.deps.clock.advance(120_000);
    const { alerts } = await api(makeTelegramCustomer()).liveAlerts.open();
    expect(alerts).toEqual([expect.objectContaining({ id, name: "open" })]);
    expect(JSON.stringify(alerts)).not.toMatch(/stake|publishedBy|profit/);
    await expect(api({ kind: "anonymous" }).liveAlerts.open()).rejects.toThrow("Sign in first");
  });

  it("are listed by state, page by page", async () => {
    const ids = [];
    for (const [name, minutes] of [
      ["a", 1],
      ["b", 60],
      ["c", 60],
    ] as const)
      ids.push((await publish(name, minutes)).id);
    await api().liveAlerts.settle({ id: String(ids[2]), profit: "1" });
    world.deps.clock.advance(120_000);
    const names = async (input: Parameters<ReturnType<typeof api>["liveAlerts"]["list"]>[0]) =>
      (await api().liveAlerts.list(input)).alerts.map(({ name }) => name);
    expect(await names({ state: "open" })).toEqual(["b"]);
    expect(await names({ state: "expired" })).toEqual(["a"]);
    expect(await names({ state: "settled" })).toEqual(["c"]);
    const { nextBefore } = await api().liveAlerts.list({ limit: 2 });
    expect(await names({ before: String(nextBefore) })).toEqual(["a"]);
    await expect(api().liveAlerts.settle({ id: "999", profit: "1" })).rejects.toThrow("No such alert");
  });

  it("and messages are counted, whatever is folded or deleted", async () => {
    const desk = createTestDesk(world.deps);
    const before = await api().status();
    for (const text of ["one", "two"]) await api().broadcast({ text });
    await desk.deliver();
    expect((await api().status()).messagesProcessed).toBe(before.messagesProcessed + 2);
    const later = new Date(Date.now() + 3_600_000);
    await foldSentMessages(world.deps.db, later);
    await foldSentMessages(world.deps.db, later);
    expect((await api().status()).messagesProcessed).toBe(before.messagesProcessed + 2);
  });
});

describeOnDatabases("A live alert as a notice", (world) => {
  const publish = (confidence: number, minutes = 10) =>
    callerOf(world.deps, STAFF).notifications.liveAlerts.publish({
      ...{ type: "t", name: "Ghost", marketId: "m", confidence, ev: 2, sport: "NBA" },
      expiresAt: new Date(world.deps.now().getTime() + minutes * 60_000).toISOString(),
    });
  const unread = async (actor: Actor) =>
    (await callerOf(world.deps, actor).notifications.inbox.list({ state: "unread" })).notices;

  it("is one line for staff, and comes to customers who asked for it, above their threshold", async () => {
    const agent = await world.makeAgent();
    const [asking, silent] = [makeTelegramCustomer(), makeTelegramCustomer()];
    for (const customer of [asking, silent]) {
      const { preferences } = callerOf(world.deps, customer).notifications;
      const wanted = { inApp: true, push: true, threshold: 0.7 };
      await preferences.set(customer === asking ? { kinds: { "notifications.alert": wanted } } : { sound: false });
    }
    for (const confidence of [0.5, 0.9]) await publish(confidence);
    await settleOutbox(world.deps);
    expect(await unread(agent)).toMatchObject([{ count: 2, title: "Ghost (+1)", target: "/live" }]);
    expect(await unread(asking)).toMatchObject([{ count: 1, body: "NBA · confidence 90% · EV 2%", target: "live" }]);
    expect(await unread(silent)).toEqual([]);
  });

  it("is neither pushed nor unread after it has expired", async () => {
    const customer = makeTelegramCustomer();
    const { preferences, push } = callerOf(world.deps, customer).notifications;
    await push.subscribe({ target: { provider: "fcm", token: "phone" } });
    await preferences.set({ kinds: { "notifications.alert": { inApp: true, push: true } } });
    world.deps.presence.enter(`telegram:${customer.externalId}`);
    await publish(0.9, 0.05);
    await settleOutbox(world.deps);
    world.deps.clock.advance(4_000);
    await settleOutbox(world.deps);
    expect(world.deps.push.pushes).toEqual([]);
    await keepUp(contextOf(world.deps, SYSTEM));
    expect(await unread(customer)).toEqual([]);
    const [delivery] = (await callerOf(world.deps, customer).notifications.deliveries.list({})).deliveries;
    expect(delivery).toMatchObject({ kind: "notifications.alert", state: "skipped", reason: "Expired" });
  });

  it("reaches all who asked for it, in portions, however many they are", async () => {
    await world.deps.db.execute(sql`
      with person as (insert into people (name) select 'n' || n from generate_series(1, 501) n returning id)
      insert into notice_preferences (person_id, kinds) select id, '{"notifications.alert": {"inApp": true}}'::jsonb from person`);
    await publish(0.9);
    expect(await world.countRows("notices")).toBe(0);
    await settleOutbox(world.deps);
    expect(await world.countRows("notices")).toBe(501);
  });
});

import { expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { foldSentMessages } from "../../telegram/sent-messages.ts";
import { callerOf, keyWith, makeTelegramCustomer } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { createTestDesk, GROUP_ID } from "../../testing/telegram-desk.ts";
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
    expect(shown[1]).toEqual({ type: "other" });
    expect(JSON.stringify(shown)).not.toMatch(/stake|publishedBy|profit/);
    await Promise.all([staff.stop(), customer.stop()]);
    world.deps.clock.advance(3_600_000);
    const late = follow(makeTelegramCustomer(), position);
    expect((await late.take(3)).map(([, { type }]) => type)).toEqual(["position", "other", "other"]);
    await late.stop();
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

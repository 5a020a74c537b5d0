import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { identityOf } from "../../actor.ts";
import { keyWith, makeTelegramCustomer } from "../../testing/factories.ts";
import { createTestDesk, GROUP_ID } from "../../testing/telegram-desk.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { enterAsReader, readerBoardOf } from "../readers/reader-board.ts";
import { takeMissed } from "../readers/take-missed.ts";
import { sampleStatus } from "./analytics.ts";
import { reachCounterOf } from "./reach.ts";

const STAFF = keyWith("notifications:write");

describeOnBothDatabases("Reach", { config: { liveChat: { chatId: GROUP_ID, threadId: null } } }, (world) => {
  const api = (actor: Parameters<typeof world.as>[0] = STAFF) => world.as(actor).notifications;
  const publish = (name: string) =>
    api().liveAlerts.publish({
      type: "t",
      name,
      marketId: "m",
      confidence: 0.5,
      ev: 1,
      sport: "s",
      expiresAt: new Date(world.deps.now().getTime() + 600_000).toISOString(),
    });
  const flush = () => reachCounterOf(world.deps).flush(world.deps);
  const today = () => ({
    from: new Date(world.deps.now().getTime() - 3_600_000).toISOString(),
    to: new Date(world.deps.now().getTime() + 3_600_000).toISOString(),
  });

  it("counts each user once, whatever is written when", async () => {
    const customers = [makeTelegramCustomer(), makeTelegramCustomer()];
    const readers = customers.map((customer) => identityOf(customer) ?? "");
    const entries = readers.map((reader) => enterAsReader(world.deps, reader));
    await readerBoardOf(world.deps).flush();
    const { id } = await publish("first");
    const counter = reachCounterOf(world.deps);
    counter.note(id, "received", readers);
    await flush();
    counter.note(id, "received", readers);
    for (const customer of customers) await api(customer).liveAlerts.seen({ ids: [id, id, "999999"] });
    for (const entry of entries) entry.leave({ isClean: true });
    await readerBoardOf(world.deps).flush();
    await flush();
    const reach = { connected: 2, received: 2, receivedLater: 0, opened: 2 };
    expect(await api().liveAlerts.reach({ ids: [id] })).toEqual({ [id]: reach });
    await publish("missed");
    await takeMissed(world.deps, readers[0] ?? "");
    await flush();
    const { alerts, alertTotals } = await api().analytics(today());
    expect(alerts).toMatchObject([
      { name: "missed", connected: 0, received: 0, receivedLater: 1 },
      { name: "first", ...reach },
    ]);
    expect(alertTotals).toEqual({ published: 2, connected: 2, received: 2, receivedLater: 1, opened: 2 });
    await expect(api().liveAlerts.seen({ ids: [id] })).rejects.toThrow("Only customers");
  });

  it("says what became of broadcasts and toasts in a time of at most 31 days", async () => {
    const desk = createTestDesk(world.deps);
    await api().broadcast({ text: "one" });
    await api().toast({ message: "two" });
    await desk.deliver();
    expect(await api().analytics(today())).toMatchObject({
      broadcasts: { count: 1, sent: 1, failed: 0, waiting: 0, cancelled: 0 },
      pushes: { sent: 0, failed: 0, waiting: 0, skipped: 0 },
      toasts: 1,
    });
    const { to } = today();
    await expect(api().analytics({ from: to, to })).rejects.toThrow("must be after from");
    await expect(api().analytics({ from: "2020-01-01T00:00:00Z", to })).rejects.toThrow("at most 31 days");
  });

  it("keeps the figures of each minute, and shows those of the last hour", async () => {
    const figures = { running: true, connected: 1, messages: 2, alerts: 3, profit: -0.5 };
    await sampleStatus(world.deps, figures);
    await sampleStatus(world.deps, { ...figures, connected: 9 });
    world.deps.clock.advance(60_000);
    await world.query(sql`
      insert into outbox (queue, kind, priority, lease, due_at, payload, subject, route, state, created_at, finished_at)
      values ('q', 'k', 1, '', now() - interval '9 seconds', '{}', 's', 'telegram', 'done', now() - interval '9 seconds', now() - interval '7 seconds')`);
    await sampleStatus(world.deps, { ...figures, connected: 2 });
    const { samples } = await api().statusHistory();
    expect(samples).toMatchObject([
      { ...figures, deliveryMs: null },
      { connected: 2, deliveryMs: 2_000 },
    ]);
    world.deps.clock.advance(3_600_000);
    expect((await api().statusHistory()).samples).toEqual([]);
  });
});

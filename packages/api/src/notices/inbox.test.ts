import { expect, it } from "vitest";
import { publishDue } from "../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { assignedNotice } from "../support/notices.ts";
import { type Agent, keyWith, makeCustomer, refusal } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { notify } from "./notify.ts";
import type { Notice } from "./schema.ts";
import { keepUp } from "./upkeep.ts";

describeOnBothDatabases("A person's notices", (world) => {
  const api = (agent: Agent) => world.as(agent).notifications;

  async function tell(agent: Agent, key: string, event: string, customer = "Anna") {
    const { db, bus } = world.deps;
    const { appended, owes } = await db.transaction(async (tx) => {
      const data = { conversationId: 7, customer, by: "Boris", byId: null };
      const notified = await notify(tx, world.deps.now(), [
        { kind: assignedNotice, personId: agent.personId, key, event, data },
      ]);
      return { ...notified, appended: await appendToLogs(tx, notified.entries) };
    });
    publishAppended(bus, appended);
    if (owes) publishDue(bus);
  }

  const list = async (agent: Agent, state: "open" | "unread" | "archived" | "snoozed" = "open") =>
    (await api(agent).inbox.list({ state })).notices.map(({ title, body, count, readAt }) => ({
      title,
      body,
      count,
      isRead: readAt !== null,
    }));

  it("count what repeats in one line, and a repeated event once", async () => {
    const agent = await world.makeAgent();
    await tell(agent, "a", "1");
    await tell(agent, "a", "2", "Vera");
    await tell(agent, "a", "2", "Vera");
    expect(await list(agent)).toEqual([
      { title: "Assigned to you", body: "Boris assigned Vera to you", count: 2, isRead: false },
    ]);
    await api(agent).inbox.markRead({ all: true });
    await tell(agent, "a", "2");
    await tell(agent, "a", "3");
    expect((await list(agent)).map(({ count, isRead }) => [count, isRead])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it("carry a counter that equals the list at its position in the log", async () => {
    const agent = await world.makeAgent();
    const follower = readerOf(async function* (signal) {
      const items = await world.as(agent, signal).notifications.onInbox({});
      for await (const item of items)
        if (Array.isArray(item)) yield item as unknown as [string, { type: string; notices: Notice[]; unread: number }];
    });
    await follower.next();
    await Promise.all(["a", "b", "c", "d"].map((key) => tell(agent, key, key)));
    const events = await follower.take(4);
    expect(events.map(([, { unread }]) => unread)).toEqual([1, 2, 3, 4]);
    const { counts, notices } = await api(agent).inbox.list({});
    expect(counts).toEqual({ unread: 4, position: events[3]?.[0] });
    const [one] = notices;
    const marked = await api(agent).inbox.markRead({ ids: [one?.id ?? 0] });
    const [[position, event] = []] = await follower.take(1);
    expect(marked).toEqual({ unread: 3, position });
    expect(event).toMatchObject({ notices: [{ id: one?.id, readAt: world.deps.now().toISOString() }], unread: 3 });
    await follower.stop();
  });

  it("come page by page, newest first, in the language that is asked for", async () => {
    const agent = await world.makeAgent();
    for (const key of ["a", "b", "c"]) {
      await tell(agent, key, key, key);
      world.deps.clock.advance(1_000);
    }
    const first = await api(agent).inbox.list({ limit: 2, locale: "ru" });
    expect(first.notices.map(({ title, target }) => [title, target])).toEqual([
      ["Вам назначен диалог", "/inbox/7"],
      ["Вам назначен диалог", "/inbox/7"],
    ]);
    const rest = await api(agent).inbox.list({ limit: 2, before: first.nextBefore ?? "" });
    expect(rest.notices.map(({ body }) => body)).toEqual(["Boris assigned a to you"]);
    expect(rest.nextBefore).toBeNull();
  });

  it("are archived and taken back, and hidden until their snooze ends", async () => {
    const agent = await world.makeAgent();
    await tell(agent, "a", "1");
    const { id } = (await api(agent).inbox.list({})).notices[0] as Notice;
    expect(await api(agent).inbox.archive({ ids: [id] })).toMatchObject({ unread: 0 });
    expect([await list(agent), await list(agent, "archived")]).toMatchObject([[], [{ count: 1 }]]);
    await api(agent).inbox.archive({ ids: [id], archived: false });
    const until = new Date(world.deps.now().getTime() + 60_000).toISOString();
    await api(agent).inbox.snooze({ id, until });
    await tell(agent, "a", "2");
    expect([await list(agent), await list(agent, "snoozed")]).toMatchObject([[{ count: 1 }], [{ count: 1 }]]);
    await api(agent).inbox.markRead({ all: true });
    world.deps.clock.advance(60_000);
    await keepUp(world.contextOf({ kind: "system" }));
    expect(await list(agent, "unread")).toHaveLength(1);
    expect(await list(agent, "snoozed")).toEqual([]);
  });

  it("leave one unread line of a key, however lines come back", async () => {
    const agent = await world.makeAgent();
    for (const event of ["1", "2"]) {
      await tell(agent, "a", event);
      await api(agent).inbox.markRead({ all: true });
    }
    expect(await api(agent).inbox.markRead({ all: true, read: false })).toMatchObject({ unread: 1 });
    for (const { id } of (await api(agent).inbox.list({})).notices)
      await api(agent).inbox.snooze({ id, until: new Date(world.deps.now().getTime() + 1_000).toISOString() });
    world.deps.clock.advance(1_000);
    await keepUp(world.contextOf({ kind: "system" }));
    expect((await api(agent).inbox.list({})).counts.unread).toBe(1);
  });

  it("are each person's own", async () => {
    const [agent, other] = [await world.makeAgent(), await world.makeAgent()];
    await tell(agent, "a", "1");
    const { id } = (await api(agent).inbox.list({})).notices[0] as Notice;
    expect(await list(other)).toEqual([]);
    const missing = refusal("NOT_FOUND");
    await expect(api(other).inbox.markRead({ ids: [id] })).rejects.toMatchObject(missing);
    await expect(api(other).inbox.archive({ ids: [id] })).rejects.toMatchObject(missing);
    await expect(api(other).inbox.snooze({ id, until: null })).rejects.toMatchObject(missing);
    await expect(world.as(keyWith("*")).notifications.inbox.list({})).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect((await world.as(makeCustomer()).notifications.inbox.list({})).notices).toEqual([]);
    await expect(api(agent).inbox.snooze({ id, until: "2020-01-01T00:00:00Z" })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
  });

  it("are not listed for those who turned the kind off in the app", async () => {
    const agent = await world.makeAgent();
    await api(agent).preferences.set({ kinds: { "support.assigned": { inApp: false } } });
    await tell(agent, "a", "1");
    expect((await api(agent).inbox.list({})).counts.unread).toBe(0);
    expect(await world.countRows("outbox")).toBe(1);
  });
});

import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { callerOf, contextOf, keyWith, SYSTEM } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { eventsEvent } from "../schema.ts";
import { storeWebhook, webhookWorker } from "./webhooks.ts";

const STAFF = keyWith("notifications:write");

const comments = (...ids: string[]) =>
  JSON.stringify({
    object: "instagram",
    entry: ids.map((id) => ({
      id: "acc",
      time: 1_773_140_400,
      changes: [{ field: "comments", value: { id, text: `text ${id}`, from: { id: "501", username: "anna" } } }],
    })),
  });
const message = (mid: string) =>
  JSON.stringify({ entry: [{ id: "acc", messaging: [{ sender: { id: "502" }, message: { mid, text: "Hi" } }] }] });

describeOnBothDatabases("Instagram webhooks", (world) => {
  const store = async (...bodies: string[]) => {
    await Promise.all(bodies.map((body) => storeWebhook(world.deps, body)));
  };

  /** Runs the worker until nothing waits. */
  async function workOff(): Promise<void> {
    const ending = new AbortController();
    const working = webhookWorker.run(contextOf(world.deps, SYSTEM), ending.signal, 0);
    while ((await waiting()) > 0) await new Promise((resolve) => setImmediate(resolve));
    ending.abort();
    await working;
  }

  async function waiting(): Promise<number> {
    const query = sql`select count(*) as count from instagram_webhooks where failure is null`;
    const [row] = rowsOf<{ count: number | string }>(await world.deps.db.execute(query));
    return Number(row?.count);
  }

  const api = () => callerOf(world.deps, STAFF).notifications;
  const listed = async () => (await api().events.list({ limit: 200 })).events.map(({ event }) => event.id);

  it("stores each event once, however often and in whatever webhook it comes", async () => {
    await store(comments("1", "2"), comments("2", "1", "3"), comments("3"), ...Array(10).fill(comments("4")));
    await workOff();
    expect((await listed()).toSorted()).toEqual(["1", "2", "3", "4"]);
    await store(comments("1"), comments("5"));
    await workOff();
    expect((await listed())[0]).toBe("5");
    expect(world.deps.bus.published.filter(({ topic }) => topic === "notifications.events:all")).toHaveLength(5);
  });

  it("stores a batch of 1,000 in its order, and pages through it", async () => {
    const ids = Array.from({ length: 1_000 }, (_, at) => String(at));
    await store(comments(...ids));
    await workOff();
    const seen: string[] = [];
    for (let before: number | undefined; ; ) {
      const page = await api().events.list({ limit: 200, ...(before ? { before } : {}) });
      seen.push(...page.events.map(({ event }) => event.id));
      if (page.nextBefore === null) break;
      before = page.nextBefore;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it("keeps a webhook that cannot be read, and stores the others", async () => {
    await store('{"no":"webhook"}', comments("1"));
    await workOff();
    expect(await listed()).toEqual(["1"]);
    const rows = rowsOf(await world.deps.db.execute(sql`select body, failure from instagram_webhooks`));
    expect(rows).toEqual([{ body: '{"no":"webhook"}', failure: "Neither entries nor an event" }]);
  });

  it("counts webhooks that were put aside in the health, and reads them once more when they are replayed", async () => {
    await store('{"no":"webhook"}', comments("1"));
    await workOff();
    await store(comments("2"));
    // As five failures of ours leave it.
    await world.deps.db.execute(sql`update instagram_webhooks set failure = 'Internal error' where failure is null`);
    const health = async () => (await api().instagram.health()).webhook.putAside;
    expect(await health()).toEqual({ count: 2, reason: "Internal error" });
    expect(await api().events.replay({ putAside: true })).toEqual({ count: 2 });
    await workOff();
    expect(await listed()).toEqual(["2", "1"]);
    expect(await health()).toEqual({ count: 1, reason: "Neither entries nor an event" });
  });

  it("lists by type and account", async () => {
    await store(comments("1"), message("mid.1"));
    await workOff();
    const { events } = await api().events.list({ types: ["messages"] });
    expect(events.map(({ event }) => event.id)).toEqual(["mid.1"]);
    expect((await api().events.list({ accountId: "other" })).events).toEqual([]);
  });

  describe("onEvent", () => {
    function follow(input: Parameters<ReturnType<typeof api>["onEvent"]>[0]) {
      return readerOf(async function* (signal) {
        for await (const item of await callerOf(world.deps, STAFF, signal).notifications.onEvent(input))
          if (Array.isArray(item)) yield item as unknown as [id: string, data: { type: string }];
      });
    }

    it("delivers events of the types that were asked for, and the place of the others", async () => {
      const live = follow({ types: ["messages"] });
      const [position] = await live.next();
      await store(comments("1"));
      await workOff();
      await store(message("mid.1"));
      await workOff();
      const [other, event] = (await live.take(2)).map(([, data]) => data);
      expect(eventsEvent.parse(other)).toEqual({ type: "other" });
      expect(eventsEvent.parse(event)).toMatchObject({ type: "event", event: { id: "mid.1", content: "Hi" } });
      await live.stop();
      const resumed = follow({ lastEventId: position });
      expect((await resumed.take(3)).map(([, { type }]) => type)).toEqual(["position", "event", "event"]);
      await resumed.stop();
      const lost = follow({ lastEventId: "lost:1", types: ["comments"] });
      expect((await lost.next())[1]).toMatchObject({
        recovered: false,
        snapshot: { events: [{ event: { id: "1" } }] },
      });
      await lost.stop();
    });

    it("delivers a stored event again when it is replayed", async () => {
      await store(comments("1"));
      await workOff();
      const [first] = (await api().events.list({})).events;
      const live = follow({});
      await live.next();
      await api().events.replay({ eventId: first?.eventId ?? 0 });
      expect((await live.next())[1]).toMatchObject({ type: "event", ...first });
      await live.stop();
      await expect(api().events.replay({ eventId: 999_999 })).rejects.toThrow("No such event");
    });
  });

  it("exports what a person did on Instagram, and erases it from the log too", async () => {
    const admin = callerOf(world.deps, keyWith("*"));
    const { personId } = await admin.auth.people.grant({ namespace: "instagram", externalId: "501", role: "User" });
    await store(comments("1"), message("mid.1"));
    await workOff();
    await store('{"no":"webhook","of":"501"}', '{"no":"webhook","of":"502"}');
    await workOff();
    const exported = await admin.auth.people.export({ personId });
    expect(exported).toMatchObject({ instagramEvents: [{ event: { id: "1" } }] });
    await admin.auth.people.erase({ personId });
    expect(await listed()).toEqual(["mid.1"]);
    const kept = rowsOf<{ body: string }>(await world.deps.db.execute(sql`select body from instagram_webhooks`));
    expect(kept.map(({ body }) => body)).toEqual(['{"no":"webhook","of":"502"}']);
    const logged = rowsOf(
      await world.deps.db.execute(sql`select payload from topic_events where payload::text like '%501%'`),
    );
    expect(logged).toEqual([]);
  });
});

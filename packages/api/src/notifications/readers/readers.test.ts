import { sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { identityOf } from "../../actor.ts";
import { callerOf, keyWith, makeTelegramCustomer, SYSTEM } from "../../testing/factories.ts";
import { createTestDeps, describeOnBothDatabases, describeOnPostgres, type TestDeps } from "../../testing/test-deps.ts";
import type { Span } from "./place.ts";
import { enterAsReader, readerBoardOf, sweepReaders } from "./reader-board.ts";
import { giveBackMissed, readSpan, takeMissed } from "./take-missed.ts";

const STAFF = keyWith("notifications:write");

describeOnBothDatabases("Users of the Mini App who are away", (world) => {
  const api = () => callerOf(world.deps, STAFF).notifications;
  const publish = (name: string, minutes = 10, deps = world.deps) =>
    callerOf(deps, STAFF).notifications.liveAlerts.publish({
      type: "t",
      name,
      marketId: "m",
      confidence: 0.5,
      ev: 1,
      sport: "s",
      expiresAt: new Date(world.deps.now().getTime() + minutes * 60_000).toISOString(),
    });
  const readerKey = () => identityOf(makeTelegramCustomer()) ?? "";
  const idOf = (reader: string) => reader.replace("telegram:", "");
  /** Connects, with all logs read as following them does. */
  async function connect(deps: TestDeps, reader: string) {
    const entry = enterAsReader(deps, reader);
    await readerBoardOf(deps).flush();
    return entry;
  }
  async function visit(reader: string, deps: TestDeps = world.deps) {
    await takeMissed(deps, reader);
    const entry = await connect(deps, reader);
    entry.leave({ isClean: true });
    await readerBoardOf(deps).flush();
  }
  const namesFor = async (reader: string, deps: TestDeps = world.deps) =>
    (await takeMissed(deps, reader)).missed.map((one) => (one.type === "alert" ? one.alert.name : one.toast.title));

  it("get on their return what they missed and what is still open, once, with its age", async () => {
    const reader = readerKey();
    await publish("before the first visit");
    await visit(reader);
    await publish("missed");
    await publish("expired", 1);
    const { id } = await publish("closed");
    await api().liveAlerts.settle({ id, profit: "1" });
    await api().toast({ message: "to everyone" });
    await api().toast({ userIds: [idOf(reader)], message: "to them", level: "success" });
    await api().toast({ userIds: ["1"], message: "to another" });
    world.deps.clock.advance(120_000);
    const { missed } = await takeMissed(world.deps, reader);
    expect(missed).toMatchObject([
      { type: "alert", alert: { name: "missed" } },
      { type: "toast", toast: { title: "to everyone", level: "info" } },
      { type: "toast", toast: { title: "to them", level: "success" } },
    ]);
    for (const { queuedAt, ageMs } of missed) {
      expect(ageMs).toBeLessThan(60_000);
      expect(Math.abs(Date.now() - queuedAt - ageMs)).toBeLessThan(60_000);
    }
    (await connect(world.deps, reader)).leave({ isClean: true });
    expect(await namesFor(reader)).toEqual([]);
  });

  it("get what comes after their first visit alone, and the newest 100 of it", async () => {
    const reader = readerKey();
    await visit(reader);
    for (let at = 0; at < 105; at++) await api().toast({ userIds: [idOf(reader)], message: `toast ${at}` });
    const names = await namesFor(reader);
    expect(names).toHaveLength(100);
    expect([names[0], names.at(-1)]).toEqual(["toast 5", "toast 104"]);
  });

  it("are not handed the same twice by two answers at once, and again when none of them arrived", async () => {
    const reader = readerKey();
    await visit(reader);
    await publish("missed");
    const other = createTestDeps(world.database);
    const both = await Promise.all([namesFor(reader), namesFor(reader, other)]);
    expect(both.flat()).toEqual(["missed"]);
    await world.query(sql`update notification_readers set claimed_at = now() - interval '1 minute'`);
    expect(await namesFor(reader, other)).toEqual(["missed"]);
    other.feeds.close();
  });

  it("are not away while another connection of theirs is open on any node", async () => {
    const reader = readerKey();
    const other = createTestDeps(world.database);
    await visit(reader);
    const entry = await connect(world.deps, reader);
    await publish("heard there");
    await readerBoardOf(world.deps).flush();
    const { missed, from } = await takeMissed(other, reader);
    expect(missed).toEqual([]);
    const second = await connect(other, reader);
    entry.leave({ isClean: true });
    await readerBoardOf(world.deps).flush();
    await publish("heard on the second", 10, other);
    second.leave({ isClean: true });
    await readerBoardOf(other).flush();
    expect(await namesFor(reader)).toEqual([]);
    expect(from.alerts).toMatch(/:1$/);
    other.feeds.close();
  });

  it("continue after their node died, from where it had come", async () => {
    const reader = readerKey();
    const dying = createTestDeps(world.database);
    await connect(dying, reader);
    await callerOf(dying, STAFF).notifications.toast({ message: "heard" });
    await readerBoardOf(dying).flush();
    dying.feeds.close();
    await publish("not heard");
    // Thought alive: it comes as if it were new.
    const soon = await takeMissed(world.deps, reader);
    expect([soon.missed, soon.from.alerts, soon.from.announcements]).toEqual([
      [],
      expect.stringMatching(/:0$/),
      expect.stringMatching(/:1$/),
    ]);
    await world.query(sql`update notification_nodes set seen_at = now() - interval '1 minute'`);
    expect(await namesFor(reader)).toEqual(["not heard"]);
  });

  it("are listed with those who are connected, page by page", async () => {
    const [away, gone, online] = [readerKey(), readerKey(), readerKey()];
    for (const reader of [gone, away]) await visit(reader);
    const entry = await connect(world.deps, online);
    const { presence } = callerOf(world.deps, keyWith("notifications:read")).notifications;
    const { nextCursor, ...first } = await presence.list({ limit: 2 });
    expect(first).toMatchObject({
      online: 1,
      users: [
        { externalId: idOf(online), isOnline: true, lastSeenAt: null },
        { externalId: idOf(away), isOnline: false, lastSeenAt: expect.any(String) },
      ],
    });
    const rest = await presence.list({ cursor: nextCursor });
    expect(rest).toMatchObject({ users: [{ namespace: "telegram", externalId: idOf(gone) }], nextCursor: null });
    expect(await presence.list({ state: "online" })).toMatchObject({ users: [{ externalId: idOf(online) }] });
    await expect(presence.list({ cursor: "?" })).rejects.toThrow("Invalid cursor");
    entry.leave({ isClean: true });
  });

  it("return together in one transaction, each to what they missed", async () => {
    const readers = Array.from({ length: 40 }, readerKey);
    for (const reader of readers) (await connect(world.deps, reader)).leave({ isClean: true });
    await readerBoardOf(world.deps).flush();
    await publish("to everyone");
    await api().toast({ userIds: readers.slice(0, 20).map(idOf), message: "to half" });
    const transaction = vi.spyOn(world.deps.db, "transaction");
    const told = await Promise.all(readers.map((reader) => namesFor(reader)));
    expect(transaction).toHaveBeenCalledTimes(1);
    transaction.mockRestore();
    expect(told).toEqual(readers.map((_, at) => (at < 20 ? ["to everyone", "to half"] : ["to everyone"])));
  });

  it("are owed what a connection took that ended before it was told", async () => {
    const reader = readerKey();
    await visit(reader);
    await publish("missed");
    const first = await takeMissed(world.deps, reader);
    expect(first.missed).toHaveLength(1);
    await giveBackMissed(world.deps, reader, first);
    const { missed, since } = await takeMissed(world.deps, reader);
    expect(missed).toHaveLength(1);
    const entry = enterAsReader(world.deps, reader, { since, tell: () => expect.unreachable() });
    await readerBoardOf(world.deps).flush();
    entry.leave({ isClean: false });
    expect(await namesFor(reader)).toEqual(["missed"]);
  });

  it("are told on the connection that they have by then what an earlier one was sent in vain", async () => {
    const reader = readerKey();
    await visit(reader);
    const told: string[] = [];
    const tell = async (span: Span) => {
      for (const one of await readSpan(world.deps, reader, span))
        told.push(one.type === "alert" ? one.alert.name : one.toast.title);
    };
    const enter = async () => {
      const { since } = await takeMissed(world.deps, reader);
      const entry = enterAsReader(world.deps, reader, { since, tell: (span) => void tell(span) });
      await readerBoardOf(world.deps).flush();
      return entry;
    };
    const broken = await enter();
    await api().toast({ message: "heard" });
    broken.heard();
    await api().toast({ userIds: [idOf(reader)], message: "to a dead line" });
    const { id } = await publish("closed since");
    await publish("still open");
    await readerBoardOf(world.deps).flush();
    const second = await enter();
    await api().liveAlerts.settle({ id, profit: "1" });
    await api().toast({ message: "live" });
    broken.leave({ isClean: false });
    await vi.waitFor(() => expect(told).toEqual(["to a dead line", "still open"]), { timeout: 10_000 });
    second.heard();
    second.leave({ isClean: false });
    expect(await namesFor(reader)).toEqual([]);
  });

  it("are forgotten a month after they left, with an empty log of their own", async () => {
    const [gone, told, here, recent] = [readerKey(), readerKey(), readerKey(), readerKey()];
    for (const reader of [gone, told, recent]) await visit(reader);
    await api().toast({ userIds: [idOf(told)], message: "told" });
    const entry = await connect(world.deps, here);
    await world.query(sql`
      update notification_readers set seen_at = now() - interval '31 days' where reader <> ${recent}`);
    await sweepReaders(world.contextOf(SYSTEM));
    const left = await world.query<{ reader: string }>(sql`select reader from notification_readers`);
    expect(left.map(({ reader }) => reader).sort()).toEqual([here, recent].sort());
    const logs = await world.query<{ topic: string }>(
      sql`select topic from topic_heads where topic like '%:telegram:%'`,
    );
    const kept = [told, here, recent].map((reader) => `notifications.toasts:${reader}`);
    expect(logs.map(({ topic }) => topic).sort()).toEqual(kept.sort());
    entry.leave({ isClean: true });
  });

  it("are owed what was written to a connection that broke before they were heard of again", async () => {
    const reader = readerKey();
    await visit(reader);
    const entry = await connect(world.deps, reader);
    await api().toast({ message: "heard" });
    entry.heard();
    await api().toast({ message: "perhaps not heard" });
    entry.leave({ isClean: false });
    expect(await namesFor(reader)).toEqual(["perhaps not heard"]);
  });
});

describeOnPostgres("Users of the Mini App who change nodes in crowds", (world) => {
  it("never make nodes wait for each other in a circle", async () => {
    const nodes = [world.deps, createTestDeps(world.database), createTestDeps(world.database)];
    const readers = Array.from({ length: 300 }, () => identityOf(makeTelegramCustomer()) ?? "");
    for (let round = 0; round < 5; round++)
      await Promise.all(
        nodes.map(async (deps, at) => {
          const mine = at % 2 === 0 ? readers : readers.toReversed();
          await Promise.all(mine.map((reader) => takeMissed(deps, reader)));
          const entries = mine.map((reader) => enterAsReader(deps, reader));
          await readerBoardOf(deps).flush();
          for (const entry of entries) entry.leave({ isClean: round % 2 === 0 });
          await Promise.all([readerBoardOf(deps).flush(), sweepReaders(deps)]);
        }),
      );
    expect(await world.countRows("notification_readers")).toBeGreaterThanOrEqual(readers.length);
    for (const { feeds } of nodes.slice(1)) feeds.close();
  });
});

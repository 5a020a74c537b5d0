import { describe, expect, test } from "vitest";
import { createPerson, createState } from "../seed.ts";
import type { Change, Chat, MtprotoState } from "../state.ts";
import { mtprotoState } from "../state.ts";
import { readDifference, takePage } from "./history.ts";
import { countUnread, edit, post, react, read, remove } from "./messages.ts";
import { Scheduler } from "./scheduled.ts";
import { World } from "./world.ts";

const [ANNA, BORIS, VERA] = [6_900_000_001, 6_900_000_002, 6_900_000_101];
const GROUP = "g4900001";
const CHANNEL = "c2900000001";

function createWorld(now = { unix: 1_800_000_000 }) {
  const state = createState({ now: () => new Date(now.unix * 1000) });
  const host = {
    state,
    get unixNow() {
      return now.unix;
    },
    changed: () => undefined,
    emit: () => undefined,
  };
  return { world: new World(host), state, now };
}

/** Ids that an account ends up with when it applies changes in order; edits and reactions change nothing of them. */
function applyChanges(world: World, boxKey: string, changes: readonly Change[]): Set<number> {
  const ids = new Set<number>();
  for (const { kind, uid, ids: deleted = [] } of changes) {
    const id = world.locateUid(uid)?.message.ids[boxKey];
    if (kind === "message" && id !== undefined) ids.add(id);
    for (const gone of deleted) ids.delete(gone);
  }
  return ids;
}

/** A busy while in one chat, the same at every run. */
function makeTraffic(world: World, chat: Chat): void {
  for (let n = 1; n <= 40; n++) {
    const people = world.peopleIn(chat);
    const { message } = post(world, { chat }, { fromId: people[n % people.length] ?? null, text: String(n) });
    if (n % 4 === 0) edit(world, { chat, message, by: null }, { text: `${n} edited` });
    if (n % 5 === 0) react(world, { chat, message, by: people[0] ?? 0 }, "👍");
    if (n % 7 === 0) remove(world, { chat }, [message]);
    if (n % 10 === 0) read(world, { chat, by: people[1] ?? 0 }, message);
  }
}

describe("a sequence of changes", () => {
  test.each([
    ["two accounts", (world: World) => world.privateChat(ANNA, BORIS)],
    ["an account and another person", (world: World) => world.privateChat(ANNA, VERA)],
    ["a basic group", (world: World) => world.chat(GROUP) as Chat],
    ["a supergroup", (world: World) => world.chat(CHANNEL) as Chat],
  ])("leads from any point to the present state of %s", (_name, find) => {
    const { world } = createWorld();
    const chat = find(world);
    const account = world.account(ANNA);
    if (account === undefined) throw new Error("No account");
    const boxKey = world.boxKey(chat, account);
    const box = chat.box ?? account.box;
    const start = box.pts;
    const before = chat.messages.length;
    makeTraffic(world, chat);

    const sum = box.log.reduce((total, { count }) => total + count, start);
    expect(sum).toBe(box.pts);
    expect(box.log.every(({ pts, count }, index) => pts - count === (box.log[index - 1]?.pts ?? start))).toBe(true);

    const changes: Change[] = [];
    let pts = start;
    for (let isFinal = false; !isFinal; ) {
      const part = readDifference(box, pts, 7);
      if (part.kind !== "part") throw new Error(part.kind);
      expect(part.pts).toBeGreaterThan(pts);
      changes.push(...part.changes);
      ({ pts, isFinal } = part);
    }
    const present = chat.messages.slice(before).map(({ ids }) => ids[boxKey]);
    expect([...applyChanges(world, boxKey, changes)]).toEqual(present);
    expect(readDifference(box, pts)).toEqual({ kind: "empty" });
  });

  test("is too long for a client that is behind what is kept", () => {
    const { world } = createWorld();
    const chat = world.privateChat(ANNA, VERA);
    const { box } = world.account(ANNA) ?? {};
    if (box === undefined) throw new Error("No account");
    for (let n = 0; n < 20_001; n++) post(world, { chat }, { fromId: VERA, text: "x" });
    expect(box.log.length).toBeLessThanOrEqual(20_000);
    expect(chat.messages.length).toBeLessThanOrEqual(20_000);
    expect(readDifference(box, 1)).toEqual({ kind: "tooLong" });
    expect(readDifference(box, box.pts - 1)).toMatchObject({ kind: "part", isFinal: true });
  });
});

test("deletes for one side, and keeps unread counts and reads that never go back", () => {
  const { world } = createWorld();
  const chat = world.privateChat(ANNA, BORIS);
  const [anna, boris] = [world.account(ANNA), world.account(BORIS)];
  if (anna === undefined || boris === undefined) throw new Error("No account");
  const sent = [1, 2, 3].map((n) => post(world, { chat }, { fromId: ANNA, text: String(n) }).message);
  expect(countUnread(world, chat, boris)).toBe(3);
  const [first, second, third] = sent;
  if (!first || !second || !third) throw new Error("Not sent");
  read(world, { chat, by: BORIS }, second);
  read(world, { chat, by: BORIS }, first);
  expect(countUnread(world, chat, boris)).toBe(1);
  expect(world.dialog(chat, anna).readOutbox).toBe(second.ids[ANNA]);
  const gone = third.ids[BORIS] ?? 0;
  remove(world, { chat, onlyFor: boris }, [third]);
  expect([third.ids[BORIS], third.ids[ANNA]]).toEqual([undefined, expect.any(Number)]);
  expect(world.locate(String(BORIS), gone)).toBeUndefined();
});

test("takes pages by offset, backwards and between two ids", () => {
  const entries = [5, 4, 3, 2, 1].map((id) => ({ id, message: { date: id * 10 } as never }));
  const ids = (request: Parameters<typeof takePage>[1]) => takePage(entries, request).map(({ id }) => id);
  expect(ids({ limit: 2 })).toEqual([5, 4]);
  expect(ids({ offsetId: 4, limit: 2 })).toEqual([3, 2]);
  expect(ids({ offsetDate: 30, limit: 9 })).toEqual([2, 1]);
  expect(ids({ offsetId: 3, addOffset: -2, limit: 2 })).toEqual([4, 3]);
  expect(ids({ minId: 1, maxId: 4 })).toEqual([3, 2]);
  expect(ids({ offsetId: 1, limit: 2 })).toEqual([]);
});

test("takes over a state of before codes were kept for each key", () => {
  const { state } = createWorld();
  const older = JSON.parse(JSON.stringify(state));
  for (const account of older.accounts) delete account.codes;
  expect(mtprotoState.parse(older).accounts.map(({ codes }) => codes)).toEqual([[], [], []]);
});

test("sends what came due while nothing ran, and its state survives as JSON", () => {
  const { world, state, now } = createWorld();
  const account = world.account(ANNA);
  if (account === undefined) throw new Error("No account");
  const scheduler = new Scheduler(world, () => new Date(now.unix * 1000));
  world.addPerson(createPerson({ id: 1, firstName: "New" }));
  const chat = world.privateChat(ANNA, VERA);
  scheduler.add({ chat, account, dueAt: now.unix + 60 }, { fromId: ANNA, text: "later" });
  scheduler.stop();
  const kept: MtprotoState = mtprotoState.parse(JSON.parse(JSON.stringify(state)));
  expect(kept).toEqual(state);
  const later = now.unix + 61;
  const restarted = new World({ state: kept, unixNow: later, changed: () => undefined, emit: () => undefined });
  const again = new Scheduler(restarted, () => new Date(later * 1000));
  again.start();
  again.stop();
  expect(restarted.privateChat(ANNA, VERA).messages.at(-1)).toMatchObject({
    text: "later",
    date: later,
    fromScheduled: true,
  });
});

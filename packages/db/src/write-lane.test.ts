import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Transaction } from "./database.ts";
import { rowsOf } from "./rows.ts";
import { settings } from "./schema/realtime.ts";
import { openTestDatabase, type TestDatabase, testDatabaseKinds } from "./testing.ts";
import { createWriteLane, type Outcome, type WriteLane, WriteLaneFullError } from "./write-lane.ts";

type Lane = WriteLane<string, string>;

/** Holds back whoever waits for it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe.each(testDatabaseKinds("both"))("createWriteLane on %s", (kind) => {
  let database: TestDatabase;
  /** Items of each transaction, in order, also of those that failed. */
  let batches: string[][];
  let commits: string[][];
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  beforeEach(async () => {
    await database.clear();
    batches = [];
    commits = [];
  });
  afterAll(() => database.close());

  async function store(tx: Transaction, items: readonly string[]): Promise<Outcome<string>[]> {
    batches.push([...items]);
    const outcomes: Outcome<string>[] = [];
    for (const item of items) {
      if (item.startsWith("refused")) {
        outcomes.push({ ok: false, error: new Error(item) });
        continue;
      }
      if (item.startsWith("poison")) await tx.execute(sql`select 1 / 0`);
      await tx.insert(settings).values({ key: item, value: outcomes.length });
      outcomes.push({ ok: true, value: `stored ${item}` });
    }
    return outcomes;
  }

  const laneOf = (options: { maxBatch?: number; maxQueue?: number; before?: Promise<void> } = {}): Lane =>
    createWriteLane({
      db: database.db,
      async apply(tx, items) {
        if (batches.length === 0) await options.before;
        return store(tx, items);
      },
      committed: (results) => void commits.push([...results]),
      ...options,
    });

  async function storedKeys(): Promise<string[]> {
    const rows = rowsOf<{ key: string }>(await database.db.execute(sql`select key from settings order by key`));
    return rows.map((row) => row.key);
  }

  it("commits together what arrived together, and answers each its own", async () => {
    const lane = laneOf();
    expect(await Promise.all(["a", "b", "c"].map((item) => lane.write(item)))).toEqual([
      "stored a",
      "stored b",
      "stored c",
    ]);
    expect(batches).toEqual([["a", "b", "c"]]);
    expect(await storedKeys()).toEqual(["a", "b", "c"]);
  });

  it("gathers the next batch while one commits, in the order of arrival", async () => {
    const hold = gate();
    const lane = laneOf({ before: hold.opened });
    const first = lane.write("a");
    await new Promise<void>((resolve) => setImmediate(resolve));
    const rest = ["b", "c", "d"].map((item) => lane.write(item));
    expect(lane.waiting).toBe(3);
    hold.open();
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([["a"], ["b", "c", "d"]]);
  });

  it("takes at most maxBatch items into one transaction", async () => {
    const lane = laneOf({ maxBatch: 2 });
    await Promise.all(["a", "b", "c", "d", "e"].map((item) => lane.write(item)));
    expect(batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("refuses one item without failing its neighbours", async () => {
    const lane = laneOf();
    const results = await Promise.allSettled(["a", "refused 1", "b"].map((item) => lane.write(item)));
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { message: "refused 1" } });
    expect(commits).toEqual([["stored a", "stored b"]]);
    expect(await storedKeys()).toEqual(["a", "b"]);
  });

  it("isolates the item that poisons its transaction by halving; the others are stored once, in order", async () => {
    const lane = laneOf();
    const items = ["a", "b", "poison", "c", "d", "e", "f", "g"];
    const results = await Promise.allSettled(items.map((item) => lane.write(item)));
    const rejected = items.filter((_, at) => results[at]?.status === "rejected");
    expect(rejected).toEqual(["poison"]);
    expect(await storedKeys()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect(commits.flat()).toEqual(["a", "b", "c", "d", "e", "f", "g"].map((item) => `stored ${item}`));
    // 8, 4, 2, 2 halves, 1, 1, 4: no more than two transactions for each halving.
    expect(batches.length).toBeLessThanOrEqual(1 + 2 * Math.log2(items.length));
  });

  it("tells the owner of a poison item the database's own error", async () => {
    await expect(laneOf().write("poison")).rejects.toMatchObject({
      cause: { message: expect.stringContaining("division by zero") },
    });
  });

  it("goes on after a batch that failed as a whole", async () => {
    const lane = laneOf();
    await expect(lane.write("poison")).rejects.toThrow();
    expect(await lane.write("a")).toBe("stored a");
  });

  it("answers only after the commit, and publishes before the answer", async () => {
    const order: string[] = [];
    const lane = createWriteLane<string, string>({
      db: database.db,
      apply: store,
      committed: () => void order.push("committed"),
    });
    await Promise.all(
      ["a", "b"].map(async (item) => {
        await lane.write(item);
        order.push(`answered ${item}`);
        // On PostgreSQL another connection reads this: what it sees is committed.
        expect(await storedKeys()).toEqual(["a", "b"]);
      }),
    );
    expect(order).toEqual(["committed", "answered a", "answered b"]);
  });

  it("calls committed once per batch that was committed, never for one that was rolled back", async () => {
    const lane = laneOf({ maxBatch: 2 });
    await Promise.allSettled(["a", "b", "poison 1", "poison 2"].map((item) => lane.write(item)));
    expect(commits).toEqual([["stored a", "stored b"]]);
  });

  it("refuses more than maxQueue, and takes more once there is room", async () => {
    const hold = gate();
    const lane = laneOf({ maxQueue: 2, before: hold.opened });
    const first = lane.write("a");
    await new Promise<void>((resolve) => setImmediate(resolve));
    const waiting = [lane.write("b"), lane.write("c")];
    await expect(lane.write("d")).rejects.toThrow(WriteLaneFullError);
    hold.open();
    await Promise.all([first, ...waiting]);
    expect(await lane.write("e")).toBe("stored e");
    expect(await storedKeys()).toEqual(["a", "b", "c", "e"]);
  });

  it("is idle when everything is answered, also what came in meanwhile", async () => {
    const lane = laneOf();
    let answered = 0;
    const first = lane.write("a").then(() => {
      answered += 1;
      return lane.write("b").then(() => void answered++);
    });
    await lane.idle();
    await first;
    expect(answered).toBe(2);
    expect(lane.waiting).toBe(0);
  });

  it("answers its callers and goes on when publishing fails", async () => {
    const lane = createWriteLane<string, string>({
      db: database.db,
      apply: store,
      committed() {
        throw new Error("The bus is broken");
      },
      failed: (error) => void commits.push([String(error)]),
    });
    expect(await lane.write("a")).toBe("stored a");
    expect(await lane.write("b")).toBe("stored b");
    expect(commits).toEqual([["Error: The bus is broken"], ["Error: The bus is broken"]]);
  });

  it("rejects an item whose outcome apply forgot, instead of leaving its caller waiting", async () => {
    const lane = createWriteLane<string, string>({ db: database.db, apply: async () => [] });
    await expect(lane.write("a")).rejects.toThrow("outcome");
  });
});

import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BatchWriter, BatchWriterFullError, createBatchWriter, type Outcome } from "./batch-writer.ts";
import type { Transaction } from "./database.ts";
import { rowsOf } from "./rows.ts";
import { settings } from "./schema/realtime.ts";
import { openTestDatabase, type TestDatabase, testDatabaseKinds } from "./testing.ts";

type Writer = BatchWriter<string, string>;

describe.each(testDatabaseKinds("both"))("createBatchWriter on %s", (kind) => {
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

  const writerOf = (options: { maxBatch?: number; maxQueue?: number; before?: Promise<void> } = {}): Writer =>
    createBatchWriter({
      db: database.db,
      // "a 1" and "a 2" share the key "a".
      keyOf: (item) => item.split(" ")[0] ?? "",
      async apply(tx, items) {
        if (batches.length === 0) await options.before;
        return store(tx, items);
      },
      publish: (results) => void commits.push([...results]),
      publishFailed: (error) => {
        throw error;
      },
      ...options,
    });

  async function storedKeys(): Promise<string[]> {
    const rows = rowsOf<{ key: string }>(await database.db.execute(sql`select key from settings order by key`));
    return rows.map((row) => row.key);
  }

  it("commits together what arrived together, and answers each its own", async () => {
    const writer = writerOf();
    expect(await Promise.all(["a", "b", "c"].map((item) => writer.write(item)))).toEqual([
      "stored a",
      "stored b",
      "stored c",
    ]);
    expect(batches).toEqual([["a", "b", "c"]]);
    expect(await storedKeys()).toEqual(["a", "b", "c"]);
  });

  it("gathers the next batch while one commits, in the order of arrival", async () => {
    const hold = Promise.withResolvers<void>();
    const writer = writerOf({ before: hold.promise });
    const first = writer.write("a");
    await new Promise<void>((resolve) => setImmediate(resolve));
    const rest = ["b", "c", "d"].map((item) => writer.write(item));
    expect(writer.waiting).toBe(3);
    hold.resolve();
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([["a"], ["b", "c", "d"]]);
  });

  it("takes at most maxBatch items into one transaction", async () => {
    const writer = writerOf({ maxBatch: 2 });
    await Promise.all(["a", "b", "c", "d", "e"].map((item) => writer.write(item)));
    expect(batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("refuses one item without failing its neighbours", async () => {
    const writer = writerOf();
    const results = await Promise.allSettled(["a", "refused 1", "b"].map((item) => writer.write(item)));
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { message: "refused 1" } });
    expect(commits).toEqual([["stored a", "stored b"]]);
    expect(await storedKeys()).toEqual(["a", "b"]);
  });

  it("isolates the item that poisons its transaction by halving; the others are stored once, in order", async () => {
    const writer = writerOf();
    const items = ["a", "b", "poison", "c", "d", "e", "f", "g"];
    const results = await Promise.allSettled(items.map((item) => writer.write(item)));
    const rejected = items.filter((_, at) => results[at]?.status === "rejected");
    expect(rejected).toEqual(["poison"]);
    expect(await storedKeys()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect(commits.flat()).toEqual(["a", "b", "c", "d", "e", "f", "g"].map((item) => `stored ${item}`));
    // 8, 4, 2, 2 halves, 1, 1, 4: no more than two transactions for each halving.
    expect(batches.length).toBeLessThanOrEqual(1 + 2 * Math.log2(items.length));
  });

  it("tells the owner of a poison item the database's own error, and goes on", async () => {
    const writer = writerOf();
    await expect(writer.write("poison")).rejects.toMatchObject({
      cause: { message: expect.stringContaining("division by zero") },
    });
    expect(await writer.write("a")).toBe("stored a");
  });

  it("answers only after the commit, and publishes before the answer", async () => {
    const order: string[] = [];
    const writer = createBatchWriter<string, string>({
      db: database.db,
      keyOf: () => "",
      apply: store,
      publishFailed: () => {},
      publish: () => void order.push("committed"),
    });
    await Promise.all(
      ["a", "b"].map(async (item) => {
        await writer.write(item);
        order.push(`answered ${item}`);
        // On PostgreSQL another connection reads this: what it sees is committed.
        expect(await storedKeys()).toEqual(["a", "b"]);
      }),
    );
    expect(order).toEqual(["committed", "answered a", "answered b"]);
  });

  it("calls committed once per batch that was committed, never for one that was rolled back", async () => {
    const writer = writerOf({ maxBatch: 2 });
    await Promise.allSettled(["a", "b", "poison 1", "poison 2"].map((item) => writer.write(item)));
    expect(commits).toEqual([["stored a", "stored b"]]);
  });

  it("refuses more than maxQueue, and takes more once there is room", async () => {
    const hold = Promise.withResolvers<void>();
    const writer = writerOf({ maxQueue: 2, before: hold.promise });
    const first = writer.write("a");
    await new Promise<void>((resolve) => setImmediate(resolve));
    const waiting = [writer.write("b"), writer.write("c")];
    await expect(writer.write("d")).rejects.toThrow(BatchWriterFullError);
    hold.resolve();
    await Promise.all([first, ...waiting]);
    expect(await writer.write("e")).toBe("stored e");
    expect(await storedKeys()).toEqual(["a", "b", "c", "e"]);
  });

  it("is idle when everything is answered, also what came in meanwhile", async () => {
    const writer = writerOf();
    let answered = 0;
    const first = writer.write("a").then(() => {
      answered += 1;
      return writer.write("b").then(() => void answered++);
    });
    await writer.idle();
    await first;
    expect(answered).toBe(2);
    expect(writer.waiting).toBe(0);
  });

  it("answers its callers, reports what was not published and goes on when publishing fails", async () => {
    const failed: unknown[] = [];
    const writer = createBatchWriter<string, string>({
      db: database.db,
      keyOf: (item) => item,
      apply: store,
      publish() {
        throw new Error("The bus is broken");
      },
      publishFailed: (error, results) => void failed.push([String(error), results]),
    });
    expect(await writer.write("a")).toBe("stored a");
    expect(await writer.write("b")).toBe("stored b");
    expect(failed).toEqual([
      ["Error: The bus is broken", ["stored a"]],
      ["Error: The bus is broken", ["stored b"]],
    ]);
  });

  it("rejects an item whose outcome apply forgot, instead of leaving its caller waiting", async () => {
    const writer = createBatchWriter<string, string>({
      db: database.db,
      keyOf: () => "",
      apply: async () => [],
      publish: () => {},
      publishFailed: () => {},
    });
    await expect(writer.write("a")).rejects.toThrow("outcome");
  });

  it("gives every key its share of a batch, so that a flood on one key delays only that key", async () => {
    const hold = Promise.withResolvers<void>();
    const writer = writerOf({ maxBatch: 4, before: hold.promise });
    const first = writer.write("first");
    await new Promise<void>((resolve) => setImmediate(resolve));
    const flood = [1, 2, 3, 4, 5, 6].map((at) => writer.write(`hot ${at}`));
    const others = ["b", "c"].map((item) => writer.write(item));
    hold.resolve();
    await Promise.all([first, ...flood, ...others]);
    expect(batches).toEqual([["first"], ["hot 1", "hot 2", "b", "c"], ["hot 3", "hot 4", "hot 5", "hot 6"]]);
  });
});

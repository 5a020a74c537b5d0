import type { Database, Transaction } from "./database.ts";
import { urgently } from "./turns.ts";

/** The outcome of one item of a batch: its result, or why this item alone was refused. */
export type Outcome<Result> = { ok: true; value: Result } | { ok: false; error: unknown };

export interface BatchWriterOptions<Item, Result> {
  db: Database;
  /** Items of one key are written in the order of arrival, and never in two transactions at once. */
  keyOf(item: Item): string;
  /**
   * Writes a batch inside one transaction and returns each item's outcome in the same order. A refusal of one item is an outcome, not a
   * throw. Must touch nothing but the transaction: it may run again for the same items.
   */
  apply(tx: Transaction, items: readonly Item[]): Promise<Outcome<Result>[]>;
  /** Runs once per committed batch, before its callers are answered. */
  publish(results: readonly Result[]): void;
  /** `publish` threw: the batch is stored and its callers are answered, but live readers may have missed it. Must not throw. */
  publishFailed(error: unknown, results: readonly Result[]): void;
  /** Items in one transaction at most. Default 500. */
  maxBatch?: number;
  /** Items waiting at most; more are refused with `BatchWriterFullError`. Default 10,000. */
  maxQueue?: number;
}

export class BatchWriterFullError extends Error {
  constructor(size: number) {
    super(`The batch writer is full: ${size} items wait`);
    this.name = "BatchWriterFullError";
  }
}

/**
 * Group commit: while one transaction commits, the next batch gathers. Every caller is answered after the commit that holds its item,
 * so acknowledged means durable.
 */
export interface BatchWriter<Item, Result> {
  /** @throws what `apply` returned for this item, or the database's error when even alone it cannot be written */
  write(item: Item): Promise<Result>;
  /** Resolves when nothing waits and nothing is being written. */
  idle(): Promise<void>;
  readonly waiting: number;
}

interface Waiting<Item, Result> {
  item: Item;
  key: string;
  /** Order of arrival. */
  ordinal: number;
  resolve(value: Result): void;
  reject(error: unknown): void;
}

export function createBatchWriter<Item, Result>(options: BatchWriterOptions<Item, Result>): BatchWriter<Item, Result> {
  const { keyOf, maxBatch = 500, maxQueue = 10_000 } = options;
  const queue = new FairQueue<Waiting<Item, Result>>();
  let running: Promise<void> | null = null;
  let ordinal = 0;

  async function run(): Promise<void> {
    // One turn of the event loop lets requests that arrived together travel together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let batch = queue.take(maxBatch); batch.length > 0; batch = queue.take(maxBatch)) {
      await commit(options, batch);
    }
    // In the same step as the last look at the queue: an item added after it starts a new run.
    running = null;
  }

  return {
    write(item) {
      if (queue.size >= maxQueue) return Promise.reject(new BatchWriterFullError(queue.size));
      return new Promise<Result>((resolve, reject) => {
        queue.add({ item, key: keyOf(item), ordinal: ordinal++, resolve, reject });
        running ??= run();
      });
    },
    async idle() {
      while (running) await running;
    },
    get waiting() {
      return queue.size;
    },
  };
}

async function commit<Item, Result>(
  options: BatchWriterOptions<Item, Result>,
  batch: Waiting<Item, Result>[],
): Promise<void> {
  const { db, apply, publish, publishFailed } = options;
  let outcomes: Outcome<Result>[];
  try {
    const items = batch.map(({ item }) => item);
    outcomes = await urgently(() => db.transaction((tx) => apply(tx, items)));
  } catch (error) {
    return isolate(options, batch, error);
  }
  const results = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  try {
    publish(results);
  } catch (error) {
    publishFailed(error, results);
  }
  batch.forEach((waiting, index) => {
    const outcome = outcomes[index];
    if (outcome?.ok) waiting.resolve(outcome.value);
    else waiting.reject(outcome ? outcome.error : new Error("apply returned no outcome for an item"));
  });
}

/** The batch failed as a whole: halves it until the item that poisons it stands alone. */
async function isolate<Item, Result>(
  options: BatchWriterOptions<Item, Result>,
  batch: Waiting<Item, Result>[],
  error: unknown,
): Promise<void> {
  if (batch.length === 1) {
    batch[0]?.reject(error);
    return;
  }
  const middle = batch.length >> 1;
  await commit(options, batch.slice(0, middle));
  await commit(options, batch.slice(middle));
}

/** Items by key. Every key gets an equal share of a batch, so that a flood on one key delays only that key. */
class FairQueue<Entry extends { key: string; ordinal: number }> {
  /** The keys that waited longest come first. */
  readonly #byKey = new Map<string, Entry[]>();
  size = 0;

  add(entry: Entry): void {
    const entries = this.#byKey.get(entry.key);
    if (entries) entries.push(entry);
    else this.#byKey.set(entry.key, [entry]);
    this.size += 1;
  }

  /** Up to `limit` entries in the order of arrival. */
  take(limit: number): Entry[] {
    const batch: Entry[] = [];
    let left = [...this.#byKey];
    for (let round = 0; left.length > 0 && batch.length < limit; round++) {
      for (const [, entries] of left.slice(0, limit - batch.length)) batch.push(entries[round] as Entry);
      left = left.filter(([, entries]) => entries.length > round + 1);
    }
    this.#remove(batch);
    return batch.sort((a, b) => a.ordinal - b.ordinal);
  }

  #remove(batch: readonly Entry[]): void {
    const counts = new Map<string, number>();
    for (const { key } of batch) counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [key, count] of counts) {
      const rest = (this.#byKey.get(key) ?? []).slice(count);
      this.#byKey.delete(key);
      if (rest.length > 0) this.#byKey.set(key, rest);
    }
    this.size -= batch.length;
  }
}

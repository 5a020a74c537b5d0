import type { Database, Transaction } from "./database.ts";

/** What became of one item of a batch: its result, or the reason why this item alone was refused. */
export type Outcome<Result> = { ok: true; value: Result } | { ok: false; error: unknown };

export interface WriteBroadcasterOptions<Item, Result> {
  db: Database;
  /**
   * Writes a batch inside one transaction and says, in the same order, what became of each item. A refusal of one item is an outcome,
   * not a throw. Must not touch anything but the transaction: it may run again for the same items.
   */
  apply(tx: Transaction, items: readonly Item[]): Promise<Outcome<Result>[]>;
  /** Runs once per committed batch, before its callers are answered: publish here. */
  committed?(results: readonly Result[]): void;
  /** Told what `committed` threw; the batch is stored all the same, and its callers are answered. */
  failed?(error: unknown): void;
  /** Items in one transaction at most. Default 500. */
  maxBatch?: number;
  /** Items waiting at most; more are refused with `WriteLaneFullError`. Default 10,000. */
  maxQueue?: number;
}

export class WriteLaneFullError extends Error {
  constructor(size: number) {
    super(`The write lane is full: ${size} items wait`);
    this.name = "WriteLaneFullError";
  }
}

/**
 * Group commit: while one transaction commits, the next batch gathers. Every caller is answered after the commit that holds its item,
 * so acknowledged means durable.
 */
export interface WriteLane<Item, Result> {
  /** @throws what `apply` said of this item, or the database's error when even alone it cannot be written */
  write(item: Item): Promise<Result>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
  readonly waiting: number;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(value: Result): void;
  reject(error: unknown): void;
}

export function createWriteLane<Item, Result>(options: WriteBroadcasterOptions<Item, Result>): WriteLane<Item, Result> {
  const { db, apply, committed, failed, maxBatch = 500, maxQueue = 10_000 } = options;
  let queue: Waiting<Item, Result>[] = [];
  let running: Promise<void> | null = null;

  async function commit(batch: Waiting<Item, Result>[]): Promise<void> {
    let outcomes: Outcome<Result>[];
    try {
      outcomes = await db.transaction((tx) =>
        apply(
          tx,
          batch.map((waiting) => waiting.item),
        ),
      );
    } catch (error) {
      return isolate(batch, error);
    }
    try {
      committed?.(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])));
    } catch (error) {
      failed?.(error);
    }
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      if (outcome?.ok) waiting.resolve(outcome.value);
      else waiting.reject(outcome ? outcome.error : new Error("An item was left without an outcome"));
    });
  }

  /** The batch failed as a whole: halve it until the item that poisons it stands alone. */
  async function isolate(batch: Waiting<Item, Result>[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      batch[0]?.reject(error);
      return;
    }
    const middle = batch.length >> 1;
    await commit(batch.slice(0, middle));
    await commit(batch.slice(middle));
  }

  async function run(): Promise<void> {
    // One turn of the event loop lets requests that arrived together travel together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = queue.slice(0, maxBatch);
      queue = queue.slice(maxBatch);
      await commit(batch);
    }
    running = null;
  }

  return {
    write(item) {
      if (queue.length >= maxQueue) return Promise.reject(new WriteLaneFullError(queue.length));
      return new Promise<Result>((resolve, reject) => {
        queue.push({ item, resolve, reject });
        running ??= run();
      });
    },
    idle: async () => {
      while (running) await running;
    },
    get waiting() {
      return queue.length;
    },
  };
}

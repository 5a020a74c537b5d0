import type { Database, Transaction } from "@pult/db/database.ts";
import type { Logger } from "./logger.ts";

/** Where reads go that should not wait for others, or hold them up. */
export interface Readers {
  /** Few connections of their own, for searches, which may take long. */
  searches: Database;
  /** Null without one. */
  replica: Replica | null;
}

const TIMES = { answerMs: 2_000, awayMs: 10_000 };

/** A copy of the database that may be behind, or away. */
export class Replica {
  readonly #db: Database;
  readonly #log: Pick<Logger, "warn">;
  readonly #times: typeof TIMES;
  #awayUntil = 0;

  constructor(db: Database, log: Pick<Logger, "warn">, times: Partial<typeof TIMES> = {}) {
    this.#db = db;
    this.#log = log;
    this.#times = { ...TIMES, ...times };
  }

  /**
   * Reads in one snapshot of the copy.
   * @param isCurrent whether what it holds is new enough
   * @throws what `tookTooLong` knows
   * @returns null where it is not, or does not answer in time: it is left alone for a while then
   */
  async read<Result>(
    isCurrent: (tx: Transaction) => Promise<boolean>,
    read: (tx: Transaction) => Promise<Result>,
  ): Promise<{ result: Result } | null> {
    if (performance.now() < this.#awayUntil) return null;
    const reading = this.#db.transaction(async (tx) => ((await isCurrent(tx)) ? { result: await read(tx) } : null), {
      isolationLevel: "repeatable read",
      accessMode: "read only",
    });
    try {
      return await inTime(reading, this.#times.answerMs);
    } catch (error) {
      if (tookTooLong(error)) throw error;
      this.#awayUntil = performance.now() + this.#times.awayMs;
      this.#log.warn({ err: error }, "The replica does not answer; everything is read from the database itself");
      return null;
    }
  }
}

function inTime<Result>(reading: Promise<Result>, ms: number): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`No answer within ${ms} ms`)), ms);
  return Promise.race([reading, late.promise]).finally(() => clearTimeout(timer));
}

/** `query_canceled`. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CANCELED = "57014";

/** Whether a statement was ended because of its time limit. */
export function tookTooLong(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if ("code" in at && at.code === CANCELED) return true;
  return false;
}

import type { Deps } from "@pult/api/context.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";

/** How long one answer of the database serves everybody who asks. */
const FRESH_MS = 5_000;
const PATIENCE_MS = 2_000;

/** Counts pending rows of the outbox, at most once in five seconds however often it is asked. */
export function countPending({ db, log }: Pick<Deps, "db" | "log">): () => Promise<number | null> {
  let counted: { at: number; count: Promise<number | null> } | null = null;
  const count = async (): Promise<number | null> => {
    try {
      const query = sql`select count(*) as count from outbox where state = 'pending'`;
      const [row] = rowsOf<{ count: number | string }>(await db.execute(query));
      return Number(row?.count ?? 0);
    } catch (error) {
      log.debug({ err: error }, "The outbox could not be counted");
      return null;
    }
  };
  return () => {
    if (!counted || Date.now() - counted.at > FRESH_MS) counted = { at: Date.now(), count: inTime(count()) };
    return counted.count;
  };
}

function inTime(count: Promise<number | null>): Promise<number | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), PATIENCE_MS);
  return Promise.race([count, late.promise]).finally(() => clearTimeout(timer));
}

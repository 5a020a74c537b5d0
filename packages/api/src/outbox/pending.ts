import { outbox } from "@pult/db/schema/outbox.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { Metric } from "../slice.ts";

type Reader = Pick<Context, "db" | "log">;

/** How long one answer of the database serves every caller. */
const FRESH_MS = 5_000;
const TIMEOUT_MS = 2_000;

/** Counts pending rows of the outbox, at most once in five seconds; null when the database does not answer in time. */
function countPending(): (ctx: Reader) => Promise<number | null> {
  let counted: { db: Reader["db"]; at: number; count: Promise<number | null> } | null = null;
  return (ctx) => {
    if (counted?.db !== ctx.db || Date.now() - counted.at > FRESH_MS)
      counted = { db: ctx.db, at: Date.now(), count: inTime(count(ctx)) };
    return counted.count;
  };
}

export const outboxPending: Metric = {
  name: "pult_outbox_pending",
  help: "Rows the outbox still owes the outside world",
  kind: "gauge",
  read: countPending(),
};

async function count({ db, log }: Reader): Promise<number | null> {
  try {
    return await db.$count(outbox, eq(outbox.state, "pending"));
  } catch (error) {
    log.debug({ err: error }, "Failed to count the outbox");
    return null;
  }
}

function inTime(count: Promise<number | null>): Promise<number | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), TIMEOUT_MS);
  return Promise.race([count, late.promise]).finally(() => clearTimeout(timer));
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { inOneTransaction } from "../../one-transaction.ts";
import type { Action, ActionOutcome } from "./schema.ts";

/** An action of a run. */
export interface Step {
  runId: number;
  index: number;
  type: Action["type"];
}

export const DONE = { state: "done", error: null, errorKey: null } as const;

/** What was done stays done. @returns whether it was not */
export async function storeOutcome(
  db: Database | Transaction,
  { runId, index, type }: Step,
  outcome: Omit<ActionOutcome, "type">,
): Promise<boolean> {
  const stored = rowsOf(
    await db.execute(sql`
      update automation_runs set actions = jsonb_set(actions, array[${String(index)}], ${JSON.stringify({ type, ...outcome })}::jsonb)
      where id = ${runId} and actions->${index}::int->>'state' is distinct from 'done' returning 1`),
  );
  return stored.length > 0;
}

/** Carries out an action, and stores that it is done in the same transaction: whenever the process ends, it is both or neither. */
export const once = (ctx: Context, step: Step, work: (ctx: Context) => Promise<void>): Promise<void> =>
  inOneTransaction(ctx, async (inner, tx) => {
    // The run stays locked: a node that lost its lease finds the action done.
    if (await storeOutcome(tx, step, DONE)) await work(inner);
  });

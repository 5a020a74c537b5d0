import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, rowsOf, textsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Problem, ProblemParams } from "./why.ts";

/** What became of an item, as its subject shows it. */
export interface DeliveryState {
  subject: string;
  route: string;
  state: "pending" | "done" | "skipped" | "failed" | "unknown" | "parked";
  reason: string | null;
  problem: Problem | null;
  params: ProblemParams | null;
  /** ISO 8601. */
  dueAt: string;
}

/** Everything that was ever owed about these subjects and is still kept, in the order in which it was owed. */
export async function selectDeliveryStates(
  db: Database | Transaction,
  subjects: readonly string[],
): Promise<DeliveryState[]> {
  return rowsOf<DeliveryState>(
    await db.execute(sql`
      select subject, route, state, reason, problem, params, to_char(due_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "dueAt"
      from outbox where subject in ${textsIn(subjects)} order by id`),
  );
}

/** Puts what was given up about a subject back; call `publishDue` after the commit. */
export async function retryDeliveries(tx: Transaction, subject: string, now: Date): Promise<void> {
  await tx.execute(sql`
    update outbox set state = 'pending', attempts = 0, waited_ms = 0, due_at = ${now.toISOString()}::timestamptz, reason = null, problem = null,
      params = null, finished_at = null
    where subject = ${subject} and state in ('failed', 'unknown', 'parked')`);
}

/**
 * Waits for every transaction that settles or retries what is owed about a subject: what is read of it afterwards is newer than what they announced.
 */
export async function lockDeliveries(tx: Transaction, subject: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`deliveries ${subject}`}, 0))`);
}

/** What was not known is: it arrived. @returns whether that was not known before */
export async function confirmDelivery(tx: Transaction, outboxId: number): Promise<boolean> {
  const rows = rowsOf(
    await tx.execute(
      sql`update outbox set state = 'done', reason = null, problem = null, params = null where id = ${outboxId} and state = 'unknown' returning id`,
    ),
  );
  return rows.length > 0;
}

/** @returns how many */
export const deleteDeliveries = (tx: Transaction, subjects: readonly string[]): Promise<number> =>
  removeRows(tx, "outbox", sql`subject in ${textsIn(subjects)}`);

/** Deliveries to one person become another's; with `about` (subjects) only those about them. */
export async function moveDeliveries(
  tx: Transaction,
  { from, to, about }: { from: string; to: string; about?: SQL },
): Promise<void> {
  await tx.execute(sql`
    update outbox set person_id = ${to}::uuid where person_id = ${from}::uuid ${about ? sql`and subject in ${about}` : sql``}`);
}

import { broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import type { Verdict } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import { perProcess } from "../../per-process.ts";
import { BotError } from "../../telegram/bot.ts";
import { pauseForReason } from "./changes.ts";
import { problemOf } from "./problem.ts";
import type { Found } from "./rows.ts";

/** Calls in a row that fail for a reason that is not the recipient's, after which a broadcast pauses by itself. */
const MAX_IN_A_ROW = 10;

/** The calls of one broadcast in this process, until it pauses. */
interface Run {
  /** Calls under way. */
  calls: number;
  failedInARow: number;
  /** Set once no further call may begin. */
  pausing: Promise<void> | null;
}

/** By broadcast. */
const runs = perProcess(() => new Map<string, Run>());

/**
 * Makes the call that sends, once, and only as the broadcast is now: active, and at the speed that was chosen. A proxy that answers with a
 * page of its own, a revoked token or a text that Telegram never takes would fail for everyone: from the tenth failure in a row, or the first
 * that may not be paid for, no call begins, those under way end, the broadcast pauses, and a person decides.
 * @param send may throw the `BotError` `unpaid`
 */
export async function sendOnce<Payload>(
  deps: Deps,
  { target, broadcast }: Found,
  send: () => Promise<Verdict<Payload>>,
): Promise<Verdict<Payload>> {
  const { id } = broadcast;
  const all = runs(deps);
  const run = all.get(id) ?? { calls: 0, failedInARow: 0, pausing: null };
  all.set(id, run);
  run.calls += 1;
  try {
    const obstacle = await beginSending(deps, { target, broadcast });
    if (obstacle) return obstacle;
    if (run.pausing) {
      await run.pausing;
      await deps.db.update(broadcastTargets).set({ calledAt: null }).where(eq(broadcastTargets.id, target.id));
      return { state: "again" };
    }
    const { verdict, isFinal } = await outcomeOf(run, send);
    if (isFinal) {
      run.pausing ??= pauseForReason(deps, { id, reason: verdict.reason }).finally(() => all.delete(id));
      await run.pausing;
    }
    return verdict;
  } finally {
    run.calls -= 1;
    if (run.calls + run.failedInARow === 0) all.delete(id);
  }
}

type Outcome<Payload> =
  | { verdict: Verdict<Payload>; isFinal: false }
  | { verdict: Extract<Verdict<Payload>, { reason: string }>; isFinal: true };

/** What came of a call, and whether the broadcast ends its run by it. */
async function outcomeOf<Payload>(run: Run, send: () => Promise<Verdict<Payload>>): Promise<Outcome<Payload>> {
  try {
    const verdict = await send();
    if (verdict.state === "done") run.failedInARow = 0;
    const isFault = verdict.state === "unknown" || (verdict.state === "failed" && problemOf(verdict.reason) === null);
    if (!isFault) return { verdict, isFinal: false };
    run.failedInARow += 1;
    return { verdict, isFinal: run.failedInARow >= MAX_IN_A_ROW };
  } catch (error) {
    // Nothing is sent at another speed than was chosen.
    if (error instanceof BotError && error.failure === "unpaid")
      return { verdict: { state: "skipped", reason: error.message }, isFinal: true };
    throw error;
  }
}

/**
 * Notes that the call that sends begins. It is made once: a call that was noted before was under way when its process ended, and the message
 * may have arrived.
 * @returns why it may not begin; null when it may
 */
async function beginSending(
  { db, now }: Pick<Deps, "db" | "now">,
  { target, broadcast }: Found,
): Promise<Extract<Verdict<never>, { state: "skipped" | "unknown" | "again" }> | null> {
  const isOpen = and(eq(broadcastTargets.id, target.id), eq(broadcastTargets.state, "pending"));
  const isUnchanged = sql`exists (
    select 1 from broadcasts b where b.id = ${broadcast.id} and b.state = 'active' and b.paid = ${broadcast.paid})`;
  const begun = await db
    .update(broadcastTargets)
    .set({ calledAt: now() })
    .where(and(isOpen, isNull(broadcastTargets.calledAt), isUnchanged))
    .returning({ id: broadcastTargets.id });
  if (begun.length > 0) return null;
  const [open] = await db.select({ calledAt: broadcastTargets.calledAt }).from(broadcastTargets).where(isOpen);
  if (!open) return { state: "skipped", reason: "It was given up" };
  return open.calledAt ? { state: "unknown", ...why("callInterrupted") } : { state: "again" };
}

import { createHash } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { credentials, strangerSignIns } from "@pult/db/schema/auth.ts";
import { eq, lt, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { notifyByMail } from "../mail.ts";
import { type AgentAccount, targetOf } from "./agent-account.ts";

/** The first failure that makes the next try wait: 1 s, and twice as long after each further one. */
const LOCKS_FROM = 5;
const LONGEST_LOCK_SECONDS = 15 * 60;
/** A longer lock is recorded and mailed. */
const NOTABLE_LOCK_SECONDS = 60;
/** After a day without another one, failures are forgotten. */
export const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

/** A try that has been counted as a failure before it is looked at, so that tries at once cannot outrun the count. */
export interface Attempt {
  /** Null for an unknown e-mail. */
  account: AgentAccount | null;
  /** Failures, this one included. */
  failures: number;
  /** How long the next one waits if this one fails. */
  lockSeconds: number;
  /** Until when, if it fails. */
  lockedUntil: Date;
}

interface Count {
  failedAttempts: number;
  lockedUntil: Date | null;
}

/** How long the `failures`th failure in a row locks. */
export const lockSecondsAfter = (failures: number): number =>
  failures < LOCKS_FROM ? 0 : Math.min(2 ** (failures - LOCKS_FROM), LONGEST_LOCK_SECONDS);

/**
 * Counts an attempt to present a password or a code. An unknown e-mail is counted in the same way, with as much work.
 * @throws DomainError `RATE_LIMITED` while locked: nothing is looked at then, and nothing counted
 */
export async function beginAttempt(ctx: Context, who: AgentAccount | { stranger: string }): Promise<Attempt> {
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const account = "stranger" in who ? null : who;
    const hash = "stranger" in who ? hashOf(who.stranger) : "";
    const count = account ? await lockCount(tx, account.personId) : await lockStranger(tx, hash, now);
    const waitMs = (count.lockedUntil?.getTime() ?? 0) - now.getTime();
    if (waitMs > 0) throw locked(Math.ceil(waitMs / 1000));
    const failures = (-waitMs > FORGOTTEN_AFTER_MS ? 0 : count.failedAttempts) + 1;
    const lockSeconds = lockSecondsAfter(failures);
    const lockedUntil = new Date(now.getTime() + lockSeconds * 1000);
    const next = { failedAttempts: failures, lockedUntil };
    if (account) await tx.update(credentials).set(next).where(eq(credentials.personId, account.personId));
    else await tx.update(strangerSignIns).set(next).where(eq(strangerSignIns.emailHash, hash));
    return { account, failures, lockSeconds, lockedUntil };
  });
}

const locked = (seconds: number) => authError("tooManyAttempts", { seconds }, { retryAfterSeconds: seconds });

const hashOf = (email: string): string => createHash("sha256").update(email).digest("hex");

async function lockCount(tx: Transaction, personId: string): Promise<Count> {
  const [count] = await tx
    .select({ failedAttempts: credentials.failedAttempts, lockedUntil: credentials.lockedUntil })
    .from(credentials)
    .where(eq(credentials.personId, personId))
    .for("update");
  if (!count) throw authError("signInFailed");
  return count;
}

async function lockStranger(tx: Transaction, emailHash: string, now: Date): Promise<Count> {
  const [count] = await tx
    .insert(strangerSignIns)
    .values({ emailHash, lockedUntil: now })
    .onConflictDoUpdate({ target: strangerSignIns.emailHash, set: { emailHash } })
    .returning();
  if (!count) throw new Error("The attempt was not counted");
  return count;
}

/** What was shown was right: nothing is held against the agent any more. */
export async function forgetAttempts(db: Pick<Transaction, "update">, personId: string): Promise<void> {
  await db.update(credentials).set({ failedAttempts: 0, lockedUntil: null }).where(eq(credentials.personId, personId));
}

/** The attempt was neither right nor wrong, because something was missing. It does not count, and clears no earlier failure. */
export async function takeBackAttempt(ctx: Context, { account, failures, lockedUntil }: Attempt): Promise<void> {
  if (!account) return;
  const now = ctx.now();
  await ctx.db
    .update(credentials)
    .set({
      failedAttempts: sql`greatest(${credentials.failedAttempts} - 1, 0)`,
      // A failure that came meanwhile has set a lock of its own.
      lockedUntil: sql`case when ${credentials.failedAttempts} = ${failures} and ${credentials.lockedUntil} = ${lockedUntil.toISOString()}::timestamptz
        then ${now.toISOString()}::timestamptz else ${credentials.lockedUntil} end`,
    })
    .where(eq(credentials.personId, account.personId));
}

/**
 * Records a failed attempt, and mails the agent once attempts begin to cost a noticeable pause. Attempts for an unknown e-mail are not
 * recorded; deleting day-old ones takes about as long instead.
 * @param what was wrong: `password` or `code`
 */
export async function noteFailure(ctx: Context, attempt: Attempt, what: "password" | "code"): Promise<void> {
  const { account, failures, lockSeconds } = attempt;
  if (!account) {
    const before = new Date(ctx.now().getTime() - FORGOTTEN_AFTER_MS);
    await ctx.db.delete(strangerSignIns).where(lt(strangerSignIns.lockedUntil, before));
    return;
  }
  const target = targetOf(account);
  await recordAudit(ctx.db, ctx, { action: "auth.signInFailed", target, details: { what, failures } });
  if (lockSeconds <= NOTABLE_LOCK_SECONDS) return;
  await recordAudit(ctx.db, ctx, { action: "auth.accountLocked", target, details: { seconds: lockSeconds, failures } });
  if (lockSecondsAfter(failures - 1) > NOTABLE_LOCK_SECONDS) return;
  notifyByMail(ctx, account, { kind: "accountLocked", minutes: Math.ceil(lockSeconds / 60) });
}

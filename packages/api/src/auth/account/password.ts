import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, oneTimeTokens } from "@pult/db/schema/auth.ts";
import { and, eq, gt, isNull, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { linkTo } from "../links.ts";
import { notifyByMail, sendMail } from "../mail.ts";
import { issueOneTime, type OneTimeToken, readOneTime, takeOneTime } from "../one-time.ts";
import { requireAgent } from "../permissions.ts";
import type { Issuer } from "../team/issued-links.ts";
import { lockTeam } from "../team/rights.ts";
import { type AgentAccount, findAccount, findAccountByEmail, ownAccount, targetOf } from "./agent-account.ts";
import { forgetAttempts } from "./attempts.ts";
import { confirmOwner } from "./confirm-session.ts";
import { createSession, type SignedIn } from "./create-session.ts";
import { hashPassword, refuseWeakPassword, replacePassword } from "./passwords.ts";
import type { ResetPasswordInput, ResetSubject } from "./schema.ts";
import { secondFactorRequired, useSecondFactor } from "./second-factor.ts";
import { publishSessionsEnded } from "./sessions.ts";

const RESET_LINK_MS = 60 * 60_000;
/** Mails with a link for one agent in the life of a link. */
const MAILS_AT_ONCE = 3;
/** Wrong codes that a link survives. */
const WRONG_CODES = 5;

/**
 * Changes the caller's password, ends all their other sessions and revokes links for resetting it.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a wrong or an easy password, `RATE_LIMITED`
 */
export async function changePassword(
  ctx: Context,
  { current, next }: { current: string; next: string },
): Promise<{ ended: number }> {
  const { sessionId } = requireAgent(ctx.actor);
  const account = await ownAccount(ctx);
  refuseWeakPassword(next, account.email);
  if (next === current) throw authError("passwordSame");
  await confirmOwner(ctx, account, { password: current });
  const passwordHash = await hashPassword(next);
  const ended = await ctx.db.transaction((tx) =>
    replacePassword(tx, ctx, { account, passwordHash, action: "auth.passwordChanged", except: sessionId }),
  );
  publishSessionsEnded(ctx.bus, ended);
  notifyByMail(ctx, account, { kind: "passwordChanged" });
  return { ended: ended.length };
}

/**
 * Mails a link for a new password, where mail is configured and the e-mail is known. Callers cannot tell whether it is: the work is done
 * after the answer.
 */
export function requestReset(ctx: Context, { email }: { email: string }): void {
  ctx.background.run("A reset link could not be sent", async () => {
    const account = await findAccountByEmail(ctx.db, email);
    if (account && !account.disabledAt) await sendResetLink(ctx, account);
  });
}

async function sendResetLink(ctx: Context, account: AgentAccount): Promise<void> {
  const now = ctx.now();
  const token = await ctx.db.transaction(async (tx) => {
    // Those who ask at once wait for each other, or each would count itself the first.
    await tx
      .select({ personId: credentials.personId })
      .from(credentials)
      .where(eq(credentials.personId, account.personId))
      .for("update");
    const isMailed = ctx.mailer !== null && (await countMailed(tx, account.personId, now)) < MAILS_AT_ONCE;
    const target = targetOf(account);
    await recordAudit(tx, ctx, { action: "auth.resetRequested", target, details: { mailed: isMailed } });
    return isMailed
      ? (await issueResetToken(tx, { personId: account.personId, issuer: { createdBy: null, keyId: null }, now })).token
      : null;
  });
  if (token === null) return;
  await sendMail(ctx, account, { kind: "reset", url: linkTo(ctx, "reset", token), minutes: RESET_LINK_MS / 60_000 });
}

async function countMailed(tx: Transaction, personId: string, now: Date): Promise<number> {
  return tx.$count(
    oneTimeTokens,
    and(
      eq(oneTimeTokens.purpose, "passwordReset"),
      eq(oneTimeTokens.personId, personId),
      isNull(oneTimeTokens.createdBy),
      gt(oneTimeTokens.expiresAt, now),
    ),
  );
}

export const issueResetToken = (
  db: Database | Transaction,
  { personId, issuer, now }: { personId: string; issuer: Issuer; now: Date },
) => {
  const { createdBy, keyId } = issuer;
  return issueOneTime(db, {
    purpose: "passwordReset",
    personId,
    createdBy,
    data: keyId ? { keyId } : {},
    now,
    lifeMs: RESET_LINK_MS,
  });
};

const staleLink = () => authError("resetLinkInvalid");

/** Whose password a link resets. @throws DomainError `NOT_FOUND` for a link that is wrong, used or too old */
export async function checkReset(ctx: Context, { token }: { token: string }): Promise<ResetSubject> {
  const { email, name } = (await readReset(ctx, token)).account;
  return { email, name };
}

async function readReset(ctx: Context, token: string): Promise<{ link: OneTimeToken; account: AgentAccount }> {
  const link = await readOneTime(ctx.db, { purpose: "passwordReset", token, now: ctx.now() });
  const account = link?.personId ? await findAccount(ctx.db, link.personId) : null;
  if (!link || !account || account.disabledAt) throw staleLink();
  return { link, account };
}

/**
 * Sets a new password for the agent whom the link names and signs them in; all their sessions end, and locks are lifted. A second factor is
 * required as at sign-in.
 * @throws DomainError `NOT_FOUND` for a link that is wrong, used or too old; `SECOND_FACTOR_REQUIRED`; `VALIDATION` for an easy password
 */
export async function resetPassword(ctx: Context, { token, password, code }: ResetPasswordInput): Promise<SignedIn> {
  const { link, account } = await readReset(ctx, token);
  const { personId } = account;
  refuseWeakPassword(password, account.email);
  if (account.totpEnabledAt) await requireCode(ctx, { link, account }, code);
  const passwordHash = await hashPassword(password);
  const now = ctx.now();
  const own = eq(credentials.personId, personId);
  const signedIn = await createSession(ctx, "reset", async (tx) => {
    // The same lock order as password changes and link revocation.
    await lockTeam(tx);
    await tx.select({ personId: credentials.personId }).from(credentials).where(own).for("no key update");
    if (!(await takeOneTime(tx, { purpose: "passwordReset", token, now }))) throw staleLink();
    const endedSessions = await replacePassword(tx, ctx, { account, passwordHash, action: "auth.passwordReset" });
    await forgetAttempts(tx, personId);
    return { ...account, endedSessions, shown: { totpEnabledAt: account.totpEnabledAt } };
  });
  notifyByMail(ctx, account, { kind: "passwordChanged" });
  return signedIn;
}

/** Counted by link, not by agent: locking an agent out by wrong passwords must not keep them from resetting theirs. */
async function requireCode(
  ctx: Context,
  { link, account }: { link: OneTimeToken; account: AgentAccount },
  code: string | undefined,
): Promise<void> {
  if (code === undefined) throw secondFactorRequired("missing");
  const tries = sql`coalesce((${oneTimeTokens.data}->>'tries')::int, 0) + 1`;
  const counted = await ctx.db
    .update(oneTimeTokens)
    .set({
      data: sql`${oneTimeTokens.data} || jsonb_build_object('tries', ${tries})`,
      usedAt: sql`case when ${tries} > ${WRONG_CODES} then ${ctx.now().toISOString()}::timestamptz end`,
    })
    .where(and(eq(oneTimeTokens.id, link.id), isNull(oneTimeTokens.usedAt)))
    .returning({ usedAt: oneTimeTokens.usedAt });
  if (counted[0]?.usedAt !== null) throw staleLink();
  if (await useSecondFactor(ctx, account, code)) return;
  await recordAudit(ctx.db, ctx, { action: "auth.signInFailed", target: targetOf(account), details: { what: "code" } });
  throw secondFactorRequired("wrong");
}

import { sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { publishRightsChanged } from "../events.ts";
import { requireAgent } from "../permissions.ts";
import { type AgentAccount, ownAccount } from "./agent-account.ts";
import { beginAttempt, forgetAttempts, noteFailure } from "./attempts.ts";
import { passwordMatches } from "./passwords.ts";
import type { ConfirmInput } from "./schema.ts";
import { secondFactorRequired, useSecondFactor } from "./second-factor.ts";
import { serialize } from "./serialize.ts";

/** How long a session counts as freshly authenticated. */
export const CONFIRMED_FOR_MS = 15 * 60_000;

/**
 * Before anything that adds a sign-in method, or gives access to a colleague's account: a stolen cookie, or a page left open, is not
 * enough. Keys are exempt: no person acts through them.
 * @throws DomainError `CONFIRMATION_REQUIRED` when an agent signed in, or confirmed, more than a quarter of an hour ago
 */
export function requireConfirmed({ actor, now }: Pick<Context, "actor" | "now">): void {
  if (actor.kind !== "agent") return;
  const { confirmedAt } = actor;
  if (confirmedAt && now().getTime() - confirmedAt.getTime() <= CONFIRMED_FOR_MS) return;
  throw authError("confirmationRequired");
}

/**
 * The caller presents their password again, and a code if they sign in with one.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `SECOND_FACTOR_REQUIRED` when a code is missing, `VALIDATION` for what is wrong, `RATE_LIMITED`
 */
export async function confirmSession(ctx: Context, { password, code }: ConfirmInput): Promise<void> {
  const account = await ownAccount(ctx);
  const needsCode = account.totpEnabledAt !== null;
  if (needsCode && code === undefined) throw secondFactorRequired("missing");
  const shown = needsCode && code !== undefined ? { password, code } : { password };
  await serialize(account.email, () => confirmOwner(ctx, account, shown));
  await markConfirmed(ctx, "password");
}

/**
 * The holder of the session proves to be the agent. Failures count like those of sign-in.
 * @throws DomainError `VALIDATION` for what is wrong, so that no client takes it for an ended session; `RATE_LIMITED`
 */
export async function confirmOwner(
  ctx: Context,
  account: AgentAccount,
  shown: { password?: string; code?: string },
): Promise<void> {
  const attempt = await beginAttempt(ctx, account);
  if (shown.password !== undefined && !(await passwordMatches(account.passwordHash, shown.password))) {
    await noteFailure(ctx, attempt, "password");
    throw authError("passwordWrong");
  }
  if (shown.code !== undefined && !(await useSecondFactor(ctx, account, shown.code))) {
    await noteFailure(ctx, attempt, "code");
    throw authError("codeWrong");
  }
  await forgetAttempts(ctx.db, account.personId);
}

/** The caller has re-authenticated; their sockets learn it too. */
export async function markConfirmed(ctx: Context, method: "password" | "passkey"): Promise<void> {
  const { personId, sessionId } = requireAgent(ctx.actor);
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(sessions)
      .set({ confirmedAt: ctx.now() })
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)));
    const target = { kind: "session", id: sessionId };
    await recordAudit(tx, ctx, { action: "auth.sessionConfirmed", target, details: { method } });
  });
  publishRightsChanged(ctx.bus, personId);
}

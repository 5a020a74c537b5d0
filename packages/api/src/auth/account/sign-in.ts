import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { sessionIdOf } from "../events.ts";
import { findAccountByEmail } from "./agent-account.ts";
import { type Attempt, beginAttempt, forgetAttempts, noteFailure, takeBackAttempt } from "./attempts.ts";
import { consumeInitData } from "./consumed-init-data.ts";
import { createSession, type SignedIn } from "./create-session.ts";
import { passwordMatches } from "./passwords.ts";
import type { SignInInput } from "./schema.ts";
import { secondFactorRequired, useSecondFactor } from "./second-factor.ts";
import { serialize } from "./serialize.ts";
import { endSessions, publishSessionsEnded } from "./sessions.ts";

/**
 * Signs an agent in with a new session. The one that this browser had ends.
 * @throws DomainError `UNAUTHORIZED`, the same for a wrong e-mail, a wrong password and a disabled account; `SECOND_FACTOR_REQUIRED` when the
 * password was right and a code is missing or wrong; `RATE_LIMITED` after too many failures, the same for an unknown e-mail
 */
export const signIn = (ctx: Context, input: SignInInput): Promise<SignedIn> =>
  serialize(input.email.toLowerCase(), () => signInNow(ctx, input));

async function signInNow(ctx: Context, input: SignInInput): Promise<SignedIn> {
  const found = await findAccountByEmail(ctx.db, input.email);
  const attempt = await beginAttempt(ctx, found ?? { stranger: input.email.toLowerCase() });
  const matches = await passwordMatches(found?.passwordHash ?? null, input.password);
  if (!found || !matches || found.disabledAt) {
    await noteFailure(ctx, attempt, "password");
    throw authError("signInFailed");
  }
  if (found.totpEnabledAt) await requireCode(ctx, attempt, input.code);
  return createSession(ctx, "password", async (tx) => {
    await forgetAttempts(tx, found.personId);
    return { ...found, shown: found };
  });
}

async function requireCode(ctx: Context, attempt: Attempt, code: string | undefined): Promise<void> {
  if (!attempt.account) return;
  if (code === undefined) {
    await takeBackAttempt(ctx, attempt);
    throw secondFactorRequired("missing");
  }
  if (await useSecondFactor(ctx, attempt.account, code)) return;
  await noteFailure(ctx, attempt, "code");
  throw secondFactorRequired("wrong");
}

/** Ends the caller's own session, and with it every socket it opened. Without a session it succeeds. */
export async function signOut(ctx: Context): Promise<void> {
  const sessionId = sessionIdOf(ctx.actor);
  if (sessionId === null) return;
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    await endSessions(tx, { id: sessionId, now });
    await consumeInitData(tx, { sessionId, now });
    await recordAudit(tx, ctx, { action: "auth.signedOut", target: { kind: "session", id: sessionId } });
  });
  publishSessionsEnded(ctx.bus, [sessionId]);
}

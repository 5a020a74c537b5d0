import { sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { tellRightsChanged } from "../events.ts";
import { requireAgent } from "../permissions.ts";
import { ownAccount } from "./agent-account.ts";
import { confirmOwner } from "./confirm-owner.ts";
import { inTurn } from "./in-turn.ts";
import type { ConfirmInput } from "./schema.ts";
import { secondFactorRequired } from "./second-factor.ts";

/** How long a session is believed to be in the hands of whoever opened it. */
export const CONFIRMED_FOR_MS = 15 * 60_000;

/**
 * Before anything that adds a way in, or opens one to a colleague's account: a cookie that was stolen, or a page left open, is not enough.
 * Keys are not asked: nobody sits behind them.
 * @throws DomainError `CONFIRMATION_REQUIRED` when an agent signed in, or confirmed, more than a quarter of an hour ago
 */
export function requireConfirmed({ actor, now }: Pick<Context, "actor" | "now">): void {
  if (actor.kind !== "agent") return;
  const { confirmedAt } = actor;
  if (confirmedAt && now().getTime() - confirmedAt.getTime() <= CONFIRMED_FOR_MS) return;
  throw authError("confirmationRequired");
}

/**
 * The caller shows his password once more, and a code where he signs in with one.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `SECOND_FACTOR_REQUIRED` when a code is missing, `VALIDATION` for what is wrong, `RATE_LIMITED`
 */
export async function confirmSession(ctx: Context, { password, code }: ConfirmInput): Promise<void> {
  const account = await ownAccount(ctx);
  const needsCode = account.totpEnabledAt !== null;
  if (needsCode && code === undefined) throw secondFactorRequired("missing");
  const shown = needsCode && code !== undefined ? { password, code } : { password };
  await inTurn(account.email, () => confirmOwner(ctx, account, shown));
  await markConfirmed(ctx, "password");
}

/** The caller has shown that it is he; sockets of his learn it too. */
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
  tellRightsChanged(ctx.bus, personId);
}

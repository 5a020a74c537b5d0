import { credentials } from "@pult/db/schema/auth.ts";
import { and, eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { notifyByMail } from "../mail.ts";
import { revokeOneTime } from "../one-time.ts";
import { requireAgent } from "../permissions.ts";
import { ownAccount, targetOf } from "./agent-account.ts";
import { confirmOwner, wrongPassword } from "./confirm-owner.ts";
import { endSessions, publishSessionsEnded } from "./end-sessions.ts";
import { hashPassword, refuseWeakPassword } from "./passwords.ts";

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
  const { personId, email } = account;
  refuseWeakPassword(next, email);
  if (next === current) throw authError("passwordSame");
  await confirmOwner(ctx, account, { password: current });
  const passwordHash = await hashPassword(next);
  const now = ctx.now();
  const ended = await ctx.db.transaction(async (tx) => {
    const changed = await tx
      .update(credentials)
      .set({ passwordHash, passwordChangedAt: now })
      .where(and(eq(credentials.personId, personId), eq(credentials.passwordHash, account.passwordHash)))
      .returning({ personId: credentials.personId });
    if (changed.length === 0) throw wrongPassword();
    await revokeOneTime(tx, { purpose: "passwordReset", personId, now });
    await recordAudit(tx, ctx, { action: "auth.passwordChanged", target: targetOf(account) });
    return endSessions(tx, { personId, except: sessionId, now });
  });
  publishSessionsEnded(ctx.bus, ended);
  notifyByMail(ctx, account, { kind: "passwordChanged" });
  return { ended: ended.length };
}

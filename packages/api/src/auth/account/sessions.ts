import { sessions } from "@pult/db/schema/auth.ts";
import { and, desc, eq, gt, isNull, ne } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { DomainError } from "../../errors.ts";
import { recordAudit } from "../audit.ts";
import { requireAgent } from "../permissions.ts";
import { deviceOf } from "./device.ts";
import { tellSessionsEnded } from "./end-sessions.ts";
import type { Session, SessionMethod } from "./schema.ts";

/** The caller's living sessions, the most recently used first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listSessions(ctx: Context): Promise<Session[]> {
  const { personId, sessionId } = requireAgent(ctx.actor);
  const rows = await ctx.db
    .select()
    .from(sessions)
    .where(and(eq(sessions.personId, personId), isNull(sessions.revokedAt), gt(sessions.expiresAt, ctx.now())))
    .orderBy(desc(sessions.lastSeenAt), sessions.id);
  return rows.map((row) => ({
    id: row.id,
    isCurrent: row.id === sessionId,
    userAgent: row.userAgent,
    device: deviceOf(row.userAgent),
    method: row.method as SessionMethod,
    ip: row.ip,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }));
}

/**
 * Ends one of the caller's sessions, or all but the present one, and with each every socket it opened.
 * @returns how many have ended
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` for a session that is not his, or has ended
 */
export async function revokeSessions(ctx: Context, which: { id: string } | { others: true }): Promise<number> {
  const { personId, sessionId } = requireAgent(ctx.actor);
  const chosen = "id" in which ? eq(sessions.id, which.id) : ne(sessions.id, sessionId);
  const ended = await ctx.db.transaction(async (tx) => {
    const rows = await tx
      .update(sessions)
      .set({ revokedAt: ctx.now() })
      .where(and(eq(sessions.personId, personId), isNull(sessions.revokedAt), chosen))
      .returning({ id: sessions.id });
    for (const { id } of rows)
      await recordAudit(tx, ctx, { action: "auth.sessionRevoked", target: { kind: "session", id } });
    return rows.map(({ id }) => id);
  });
  if ("id" in which && ended.length === 0) throw new DomainError("NOT_FOUND", "No such session");
  tellSessionsEnded(ctx.bus, ended);
  return ended.length;
}

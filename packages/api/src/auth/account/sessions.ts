import type { Transaction } from "@pult/db/database.ts";
import { sessions } from "@pult/db/schema/auth.ts";
import { and, desc, eq, gt, gte, isNull, ne, or } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { withIsoDates } from "../../iso-dates.ts";
import { unsubscribeSessions } from "../../push/subscriptions.ts";
import type { Bus } from "../../realtime/bus.ts";
import { AGENT_IDLE_MS } from "../actors.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { sessionEndedTopic } from "../events.ts";
import { requireAgent } from "../permissions.ts";
import { deviceOf } from "./device.ts";
import type { Session, SessionMethod } from "./schema.ts";

/** The caller's living sessions, the most recently used first; not those that lay idle for too long. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listSessions(ctx: Context): Promise<Session[]> {
  const { personId, sessionId } = requireAgent(ctx.actor);
  const now = ctx.now();
  const idleSince = new Date(now.getTime() - AGENT_IDLE_MS);
  const { id, userAgent, method, ip, createdAt, lastSeenAt, expiresAt } = sessions;
  const rows = await ctx.db
    .select({ id, userAgent, method, ip, createdAt, lastSeenAt, expiresAt })
    .from(sessions)
    .where(
      and(
        eq(sessions.personId, personId),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, now),
        or(ne(sessions.kind, "agent"), gte(sessions.lastSeenAt, idleSince)),
      ),
    )
    .orderBy(desc(sessions.lastSeenAt), sessions.id);
  return rows.map((row) => ({
    ...withIsoDates(row),
    method: row.method as SessionMethod,
    isCurrent: row.id === sessionId,
    device: deviceOf(row.userAgent),
  }));
}

/**
 * Ends one of the caller's sessions, or all but the present one, and with each every socket it opened.
 * @returns how many have ended
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` for another person's session, or one that has ended
 */
export async function revokeSessions(ctx: Context, which: { id: string } | { others: true }): Promise<number> {
  const { personId, sessionId } = requireAgent(ctx.actor);
  const chosen = "id" in which ? { personId, id: which.id } : { personId, except: sessionId };
  const ended = await ctx.db.transaction(async (tx) => {
    const ids = await endSessions(tx, { ...chosen, now: ctx.now() });
    for (const id of ids)
      await recordAudit(tx, ctx, { action: "auth.sessionRevoked", target: { kind: "session", id } });
    return ids;
  });
  if ("id" in which && ended.length === 0) throw authError("sessionNotFound");
  publishSessionsEnded(ctx.bus, ended);
  return ended.length;
}

/** One session, optionally only if it belongs to a person; or a person's sessions, optionally all but one. */
type WhichSessions = { id: string; personId?: string } | { personId: string; except?: string };

/** Ends sessions that have not ended yet. @returns the ids of those it ended, to be published after the commit */
export async function endSessions(tx: Transaction, which: WhichSessions & { now: Date }): Promise<string[]> {
  const { personId } = which;
  const ended = await tx
    .update(sessions)
    .set({ revokedAt: which.now })
    .where(
      and(
        isNull(sessions.revokedAt),
        personId === undefined ? undefined : eq(sessions.personId, personId),
        "id" in which ? eq(sessions.id, which.id) : undefined,
        "except" in which && which.except !== undefined ? ne(sessions.id, which.except) : undefined,
      ),
    )
    .returning({ id: sessions.id });
  const ids = ended.map(({ id }) => id);
  if (ids.length > 0) await unsubscribeSessions(tx, ids, which.now);
  return ids;
}

/** Closes what the sessions opened, on every node. Called after the commit that ended them. */
export function publishSessionsEnded(bus: Bus, ids: readonly string[]): void {
  for (const id of ids) bus.publishLatest(sessionEndedTopic.name(id), null);
}

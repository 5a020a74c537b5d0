import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { identityOf } from "../../actor.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { tradingError } from "../errors.ts";
import { isoOf } from "../rooms/rows.ts";

/** How long a session stays open without a word. */
export const IDLE_MS = 30 * 60_000;

export interface SessionRecord {
  id: string;
  roomId: string;
  traderId: string;
  /** Null once they were erased. */
  traderKey: string | null;
  userId: string | null;
  name: string | null;
  clientId: string | null;
  activeAt: string;
  endedAt: string | null;
  isMember: boolean;
  isRemoved: boolean;
  maySpeak: boolean;
}

/** A member speaks when a moderator let them, or when the room is theirs, unless they are muted or the room is closed. */
export const maySpeakAt = (now: Date): SQL =>
  sql`((m.speaker_since is not null or coalesce(r.creator_id = m.trader_id, false)) and r.status <> 'closed'
    and coalesce(m.muted_until <= ${now.toISOString()}::timestamptz, true) and m.left_at is null and m.removed_at is null)`;

/** @param rest what follows the joined tables: sessions `s`, members `m`, rooms `r`, traders `t` */
export async function selectSessions(db: Database | Transaction, now: Date, rest: SQL): Promise<SessionRecord[]> {
  return rowsOf<SessionRecord>(
    await db.execute(sql`
      select s.id, s.room_id as "roomId", s.trader_id as "traderId", t.key as "traderKey", t.user_id as "userId", t.name,
        s.client_id as "clientId", ${isoOf("s.active_at")} as "activeAt", ${isoOf("s.ended_at")} as "endedAt",
        m.left_at is null and m.removed_at is null as "isMember", m.removed_at is not null as "isRemoved",
        ${maySpeakAt(now)} as "maySpeak"
      from voice_sessions s join traders t on t.id = s.trader_id join rooms r on r.id = s.room_id
      join room_members m on m.room_id = s.room_id and m.trader_id = s.trader_id ${rest}`),
  );
}

/**
 * A session of the caller, or any for a server's key, which recognises speech for others.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` also for another's
 */
export async function requireSession(
  ctx: Context,
  db: Database | Transaction,
  given: { sessionId: string; access: "read" | "write"; isLocked?: boolean },
): Promise<SessionRecord> {
  const { actor } = ctx;
  if (actor.kind !== "customer") requireStaff(actor, `trading:${given.access}`);
  const lock = given.isLocked ? sql`for no key update of s` : sql``;
  const [session] = await selectSessions(db, ctx.now(), sql`where s.id = ${given.sessionId}::uuid ${lock}`);
  const isTheirs = actor.kind === "apiKey" || identityOf(actor) === session?.traderKey;
  if (!session?.traderKey || !isTheirs) throw tradingError("voiceSessionNotFound");
  return session;
}

export const isIdle = ({ activeAt }: Pick<SessionRecord, "activeAt">, now: Date): boolean =>
  now.getTime() - Date.parse(activeAt) > IDLE_MS;

/** @throws DomainError `CONFLICT` for a session that has ended, `FORBIDDEN` for a trader who is not in the room */
export function requireOpen(session: SessionRecord, now: Date): void {
  if (session.isRemoved) throw tradingError("removed");
  if (!session.isMember) throw tradingError("notJoined");
  if (session.endedAt !== null || isIdle(session, now)) throw tradingError("voiceSessionEnded");
}

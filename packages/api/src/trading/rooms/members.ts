import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, tableOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { perProcess } from "../../per-process.ts";
import type { TraderRecord } from "../traders.ts";
import { isoOf } from "./rows.ts";

/** A trader in a room, as they are now. */
export interface MemberRecord {
  roomId: string;
  traderId: string;
  /** In the room: neither left nor removed. */
  isMember: boolean;
  isRemoved: boolean;
  mutedUntil: string | null;
  sol: bigint;
  token: bigint;
  /** Lamports that the units they hold cost on average. */
  cost: bigint;
  /** Lamports won or lost by sells. */
  realised: bigint;
  solId: number;
  tokenId: number;
}

type MemberRow = Omit<MemberRecord, "sol" | "token" | "cost" | "realised"> &
  Record<"sol" | "token" | "cost" | "realised", string>;

export const memberKey = (roomId: string, traderId: string): string => `${roomId} ${traderId}`;

/** Those of these pairs who ever joined, by `memberKey`. */
export async function selectMembers(
  db: Database | Transaction,
  pairs: readonly { roomId: string; traderKey: string }[],
): Promise<Map<string, MemberRecord>> {
  const rows = rowsOf<MemberRow>(
    await db.execute(sql`
      select m.room_id as "roomId", m.trader_id as "traderId", m.left_at is null and m.removed_at is null as "isMember",
        m.removed_at is not null as "isRemoved", ${isoOf("m.muted_until")} as "mutedUntil", s.balance::text as sol,
        k.balance::text as token, m.cost::text, m.realised::text, s.id as "solId", k.id as "tokenId"
      from (select distinct * from ${tableOf(pairs, { roomId: "uuid", traderKey: "text" })}) x
      join traders t on t.key = x."traderKey" join room_members m on m.room_id = x."roomId" and m.trader_id = t.id
      join ledger_accounts s on s.id = m.sol_account_id join ledger_accounts k on k.id = m.token_account_id`),
  );
  return new Map(
    rows.map(({ sol, token, cost, realised, ...row }) => [
      memberKey(row.roomId, row.traderId),
      { ...row, sol: BigInt(sol), token: BigInt(token), cost: BigInt(cost), realised: BigInt(realised) },
    ]),
  );
}

export async function findMember(
  db: Database | Transaction,
  roomId: string,
  trader: Pick<TraderRecord, "key">,
): Promise<MemberRecord | null> {
  const [member] = (await selectMembers(db, [{ roomId, traderKey: trader.key }])).values();
  return member ?? null;
}

/** How many are in rooms, by room. */
export async function countMembersOf(db: Database, roomIds: readonly string[]): Promise<Map<string, number>> {
  const rows = rowsOf<{ id: string; count: number | string }>(
    await db.execute(sql`
      select room_id as id, count(*) as count from room_members
      where room_id in ${uuidsIn(roomIds)} and left_at is null and removed_at is null group by room_id`),
  );
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}

interface Counts {
  /** Who joined and has not left. */
  members: number;
  /** Who of them is connected. */
  participants: number;
}

/** From so many members on, a room's counts are read at most once in `SHARED_MS`, not for each who joins. */
export const CROWD = 500;
const SHARED_MS = 1_000;

type CountDeps = Pick<Deps, "db" | "bus" | "presence" | "now">;

/** Counts of the rooms that were a crowd when they were last read, by room. */
const sharedCounts = perProcess((_: CountDeps) => new Map<string, { readAt: number; counts: Promise<Counts> }>());

/** Who is in a room, and how many of them are connected; of a crowd as it was within the last second. */
export async function countMembers(deps: CountDeps, roomId: string): Promise<Counts> {
  const shared = sharedCounts(deps);
  const readAt = deps.now().getTime();
  const known = shared.get(roomId);
  if (known && readAt - known.readAt < SHARED_MS) return known.counts;
  const counts = readCounts(deps, roomId);
  if (known) shared.set(roomId, { readAt, counts });
  try {
    const read = await counts;
    if (read.members >= CROWD) shared.set(roomId, { readAt, counts });
    else shared.delete(roomId);
    return read;
  } catch (error) {
    shared.delete(roomId);
    throw error;
  }
}

async function readCounts({ db, presence }: CountDeps, roomId: string): Promise<Counts> {
  const [row] = rowsOf<{ members: number; keys: string }>(
    await db.execute(sql`
      select count(*)::int as members, coalesce(json_agg(t.key) filter (where t.key is not null), '[]')::text as keys
      from room_members m join traders t on t.id = m.trader_id
      where m.room_id = ${roomId}::uuid and m.left_at is null and m.removed_at is null`),
  );
  const keys: string[] = JSON.parse(row?.keys ?? "[]");
  return { members: row?.members ?? 0, participants: keys.filter((key) => presence.isOnline(key)).length };
}

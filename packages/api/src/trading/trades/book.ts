import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, tableOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Curve, Fill } from "../curve.ts";
import { type MemberRecord, memberKey, selectMembers } from "../rooms/members.ts";
import { lockRooms, type RoomRecord } from "../rooms/rows.ts";
import type { TradeResult } from "../schema.ts";
import { lockTraders, type TraderRecord } from "../traders.ts";
import { readDayVolumes } from "./candles.ts";
import { curveAfter, TRADE_COLUMNS, type TradeRow, toBalances, toTrade } from "./rows.ts";
import type { TradeWrite } from "./write.ts";

/** A trade that was made in this batch. */
export interface Made {
  write: TradeWrite;
  room: RoomRecord;
  trader: TraderRecord;
  member: MemberRecord;
  /** Before the trade. */
  before: Curve;
  fill: Fill;
  row: TradeRow;
  /** Lamports of the fee that accrue to the trader. */
  reward: bigint;
}

/** What a batch of trades works on: everything that they can change, locked, and what was made before under the same ids. */
export interface Book {
  /** By this node's clock. */
  now: Date;
  /** When its trades are made: never before an earlier trade of these rooms, whatever the clocks of nodes say. */
  at: Date;
  rooms: Map<string, RoomRecord>;
  /** By key. */
  traders: Map<string, TraderRecord>;
  /** By `memberKey`. */
  members: Map<string, MemberRecord>;
  /** By `requestOf`; those of this batch are added. */
  done: Map<string, { fingerprint: string; result: TradeResult }>;
  /** Lamports of the last 24 hours, by room. */
  dayVolumes: Map<string, bigint>;
  made: Made[];
}

export const requestOf = (roomId: string, traderId: string, requestKey: string): string =>
  `${memberKey(roomId, traderId)} ${requestKey}`;

/** Locks the rooms, then the traders, and reads the rest. */
export async function openBook(tx: Transaction, writes: readonly TradeWrite[], now: Date): Promise<Book> {
  const roomIds = [...new Set(writes.map(({ roomId }) => roomId))];
  const rooms = await lockRooms(tx, roomIds);
  const keys = [...new Set(writes.map(({ traderKey }) => traderKey))];
  const [newest, traders, members, done, dayVolumes] = await Promise.all([
    readNewest(tx, roomIds),
    lockTraders(tx, keys),
    selectMembers(tx, writes),
    selectDone(tx, writes),
    readDayVolumes(tx, roomIds, now),
  ]);
  const at = new Date(Math.max(now.getTime(), newest));
  return { now, at, rooms, traders, members, done, dayVolumes, made: [] };
}

/** When the newest trade of these rooms was made, Unix ms; 0 where there is none. */
async function readNewest(tx: Transaction, roomIds: readonly string[]): Promise<number> {
  const [row] = rowsOf<{ ms: number | string | null }>(
    await tx.execute(sql`
      select extract(epoch from max(d.created_at)) * 1000 as ms from ${uuidsIn(roomIds)} r(id)
      cross join lateral (select created_at from trades where room_id = r.id order by sequence desc limit 1) d`),
  );
  return Number(row?.ms ?? 0);
}

/** Trades that were made before under the same ids. */
async function selectDone(tx: Transaction, writes: readonly TradeWrite[]): Promise<Book["done"]> {
  const wanted = writes.filter(({ isRepeatable }) => isRepeatable);
  if (wanted.length === 0) return new Map();
  // Row by row by the indexes, however large the tables are and whatever the planner knows of them.
  const rows = rowsOf<TradeRow & { requestKey: string; fingerprint: string }>(
    await tx.execute(sql`
      select ${TRADE_COLUMNS}, l.request_key as "requestKey", l.fingerprint
      from (select distinct * from ${tableOf(wanted, { roomId: "uuid", traderKey: "text", requestKey: "text" })}) x
      join traders t on t.key = x."traderKey"
      cross join lateral (
        select * from ledger_transfers l
        where l.room_id = x."roomId" and l.trader_id = t.id and l.request_key = x."requestKey" limit 1) l
      cross join lateral (select * from trades d where d.room_id = l.room_id and d.sequence = l.sequence limit 1) d`),
  );
  return new Map(
    rows.map((row) => [
      requestOf(row.roomId, row.traderId, row.requestKey),
      { fingerprint: row.fingerprint, result: resultOf(row) },
    ]),
  );
}

/** As the trade was answered, whatever has become of the room since. */
export const resultOf = (row: TradeRow): TradeResult => ({
  trade: toTrade(row),
  status: curveAfter(row).forSale === 0n ? "completed" : "open",
  balances: toBalances(row),
});

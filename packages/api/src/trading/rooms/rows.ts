import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { formatPrice, toReserves } from "../amounts.ts";
import { type Curve, marketValueOf, priceOf } from "../curve.ts";
import type { RoomStatus, RoomSummary } from "../schema.ts";

/** A room's row. */
export interface RoomRecord {
  id: string;
  name: string;
  tokenMint: string;
  status: RoomStatus;
  creatorId: string | null;
  feeBps: number;
  curve: Curve;
  /** Of the newest transfer. */
  sequence: number;
  volume: bigint;
  tradeCount: number;
  /** Accounts of the room itself. */
  curveSolId: number;
  curveTokenId: number;
  feesId: number;
  issuedSolId: number;
  createdAt: string;
  completedAt: string | null;
  closedAt: string | null;
}

type RoomRow = Omit<RoomRecord, "curve" | "volume"> & Record<"sol" | "token" | "forSale" | "volume", string>;

/** A moment as ISO 8601, the same from both drivers. */
export const isoOf = (column: string): SQL =>
  sql.raw(`to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

const columns = sql`
  r.id, r.name, r.token_mint as "tokenMint", r.status, r.creator_id as "creatorId", r.fee_bps as "feeBps",
  r.sol_reserve::text as sol, r.token_reserve::text as token, r.for_sale::text as "forSale", r.sequence, r.volume::text,
  r.trade_count as "tradeCount", r.curve_sol_id as "curveSolId", r.curve_token_id as "curveTokenId", r.fees_id as "feesId",
  r.issued_sol_id as "issuedSolId", ${isoOf("r.created_at")} as "createdAt", ${isoOf("r.completed_at")} as "completedAt",
  ${isoOf("r.closed_at")} as "closedAt"`;

/** @param rest what follows `from rooms r` */
export async function selectRooms(db: Database | Transaction, rest: SQL): Promise<RoomRecord[]> {
  const rows = rowsOf<RoomRow>(await db.execute(sql`select ${columns} from rooms r ${rest}`));
  return rows.map(({ sol, token, forSale, volume, ...row }) => ({
    ...row,
    curve: { sol: BigInt(sol), token: BigInt(token), forSale: BigInt(forSale) },
    volume: BigInt(volume),
  }));
}

/** Locks rooms until the transaction ends, in the order in which every writer locks them. @returns those that exist, by id */
export async function lockRooms(tx: Transaction, ids: readonly string[]): Promise<Map<string, RoomRecord>> {
  const rows = await selectRooms(tx, sql`where r.id in ${uuidsIn(ids)} order by r.id for no key update`);
  return new Map(rows.map((row) => [row.id, row]));
}

export async function findRoom(db: Database | Transaction, id: string): Promise<RoomRecord | null> {
  const [row] = await selectRooms(db, sql`where r.id = ${id}::uuid`);
  return row ?? null;
}

export const toSummary = (room: RoomRecord): RoomSummary => ({
  id: room.id,
  name: room.name,
  tokenMint: room.tokenMint,
  status: room.status,
  feeBps: room.feeBps,
  reserves: toReserves(room.curve),
  price: formatPrice(priceOf(room.curve)),
  marketValue: String(marketValueOf(room.curve)),
  volume: String(room.volume),
  tradeCount: room.tradeCount,
  createdAt: room.createdAt,
  completedAt: room.completedAt,
  closedAt: room.closedAt,
});

import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { formatPrice, toReserves } from "../amounts.ts";
import { type Curve, priceOf, START } from "../curve.ts";
import { isoOf } from "../rooms/rows.ts";
import type { Balances, RoomTrade } from "../schema.ts";
import { shownTrader } from "../traders.ts";

/** A trade's row with its trader. */
export interface TradeRow {
  roomId: string;
  sequence: number;
  traderId: string;
  userId: string | null;
  name: string | null;
  isBuy: boolean;
  amountIn: string;
  amountOut: string;
  fee: string;
  price: string;
  sol: string;
  token: string;
  solBalance: string;
  tokenBalance: string;
  at: string;
}

/** The curve after a trade: what is for sale follows from the tokens. */
export const curveAfter = ({ sol, token }: Pick<TradeRow, "sol" | "token">): Curve => ({
  sol: BigInt(sol),
  token: BigInt(token),
  forSale: BigInt(token) - (START.token - START.forSale),
});

export const toTrade = (row: TradeRow): RoomTrade => ({
  sequence: row.sequence,
  ...shownTrader({ id: row.traderId, userId: row.userId, name: row.name }),
  side: row.isBuy ? "buy" : "sell",
  amountIn: row.amountIn,
  amountOut: row.amountOut,
  fee: row.fee,
  price: formatPrice(BigInt(row.price)),
  priceAfter: formatPrice(priceOf(curveAfter(row))),
  reserves: toReserves(curveAfter(row)),
  at: row.at,
});

export const toBalances = ({ solBalance, tokenBalance }: TradeRow): Balances => ({
  sol: solBalance,
  token: tokenBalance,
});

export const TRADE_COLUMNS = sql`
  d.room_id as "roomId", d.sequence, d.trader_id as "traderId", t.user_id as "userId", t.name, d.is_buy as "isBuy",
  d.amount_in::text as "amountIn", d.amount_out::text as "amountOut", d.fee::text, d.price::text, d.sol_reserve::text as sol,
  d.token_reserve::text as token, d.sol_balance::text as "solBalance", d.token_balance::text as "tokenBalance",
  ${isoOf("d.created_at")} as at`;

/** @param rest what follows `from trades d join traders t on t.id = d.trader_id` */
export const selectTrades = async (db: Database | Transaction, rest: SQL): Promise<TradeRow[]> =>
  rowsOf<TradeRow>(
    await db.execute(sql`select ${TRADE_COLUMNS} from trades d join traders t on t.id = d.trader_id ${rest}`),
  );

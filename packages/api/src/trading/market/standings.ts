import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { formatPrice } from "../amounts.ts";
import { priceOf, START } from "../curve.ts";
import { selectRooms } from "../rooms/rows.ts";
import { requireRoom } from "../rooms/state.ts";
import { selectTraders, shownTrader, viewedTrader } from "../traders.ts";
import type { Holders, Leaderboard, Portfolio, Position, RankedInput, Result, TraderInput } from "./schema.ts";

interface StandingRow {
  roomId: string;
  traderId: string;
  userId: string | null;
  name: string | null;
  isMember: boolean;
  sol: string;
  token: string;
  cost: string;
  realised: string;
  /** Lamports that the units are worth at the present price. */
  worth: string;
}

const WORTH = sql.raw("div(k.balance::numeric * r.sol_reserve, r.token_reserve::numeric)");

/** @param rest what follows the joins of members, their traders, rooms and accounts */
async function selectStandings({ db }: Context, rest: SQL): Promise<StandingRow[]> {
  return rowsOf<StandingRow>(
    await db.execute(sql`
      select m.room_id as "roomId", m.trader_id as "traderId", t.user_id as "userId", t.name, s.balance::text as sol,
        k.balance::text as token, m.cost::text, m.realised::text, ${WORTH}::text as worth,
        m.left_at is null and m.removed_at is null as "isMember"
      from room_members m join traders t on t.id = m.trader_id join rooms r on r.id = m.room_id
      join ledger_accounts s on s.id = m.sol_account_id join ledger_accounts k on k.id = m.token_account_id ${rest}`),
  );
}

const shown = ({ traderId, userId, name }: StandingRow) => shownTrader({ id: traderId, userId, name });

const toResult = (realised: bigint, unrealised: bigint): Result => ({
  realised: String(realised),
  unrealised: String(unrealised),
  total: String(realised + unrealised),
});

const resultOf = ({ realised, worth, cost }: StandingRow): Result =>
  toResult(BigInt(realised), BigInt(worth) - BigInt(cost));

const balancesOf = ({ sol, token }: StandingRow) => ({ sol, token });

/** Who holds the room's token, the most first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function listHolders(ctx: Context, { roomId, limit }: RankedInput): Promise<Holders> {
  const { curve } = await requireRoom(ctx, roomId);
  const rows = await selectStandings(
    ctx,
    sql`where m.room_id = ${roomId}::uuid and k.balance > 0 order by k.balance desc, m.trader_id limit ${limit}`,
  );
  const [all] = rowsOf<{ count: number | string }>(
    await ctx.db.execute(sql`
      select count(*) as count from ledger_accounts
      where room_id = ${roomId}::uuid and kind = 'trader' and asset = 'token' and balance > 0`),
  );
  const sold = START.forSale - curve.forSale;
  const holders = rows.map((row, at) => ({
    rank: at + 1,
    ...shown(row),
    token: row.token,
    shareBps: sold > 0n ? Number((BigInt(row.token) * 10_000n) / sold) : 0,
  }));
  return { count: Number(all?.count ?? 0), holders };
}

/** Who won most in a room, by results at the present price. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function readLeaderboard(ctx: Context, { roomId, limit }: RankedInput): Promise<Leaderboard> {
  await requireRoom(ctx, roomId);
  const rows = await selectStandings(
    ctx,
    sql`where m.room_id = ${roomId}::uuid order by m.realised + ${WORTH} - m.cost desc, m.trader_id limit ${limit}`,
  );
  const standings = rows.map((row, at) => ({
    rank: at + 1,
    ...shown(row),
    balances: balancesOf(row),
    result: resultOf(row),
  }));
  return { standings };
}

/** What a trader has in all rooms. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function readPortfolio(ctx: Context, input: TraderInput): Promise<Portfolio> {
  const { key } = viewedTrader(ctx, input);
  const trader = (await selectTraders(ctx.db, [key])).get(key);
  if (!trader) return { positions: [], result: toResult(0n, 0n) };
  const rows = await selectStandings(
    ctx,
    sql`where m.trader_id = ${trader.id}::uuid order by m.joined_at desc, m.room_id limit ${MAX_POSITIONS}`,
  );
  const rooms = await selectRooms(
    ctx.db,
    sql`where r.id in (select room_id from room_members where trader_id = ${trader.id}::uuid)`,
  );
  const byId = new Map(rooms.map((room) => [room.id, room]));
  const positions = rows.flatMap((row): Position[] => {
    const room = byId.get(row.roomId);
    if (!room) return [];
    const { id: roomId, name, tokenMint, status, curve } = room;
    const { isMember, cost, worth } = row;
    const place = { roomId, name, tokenMint, status, price: formatPrice(priceOf(curve)), isMember };
    return [{ ...place, balances: balancesOf(row), cost, worth, result: resultOf(row) }];
  });
  const sum = (which: "realised" | "unrealised") =>
    positions.reduce((all, { result }) => all + BigInt(result[which]), 0n);
  return { positions, result: toResult(sum("realised"), sum("unrealised")) };
}

const MAX_POSITIONS = 1_000;

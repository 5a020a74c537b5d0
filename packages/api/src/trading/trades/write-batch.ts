import type { Outcome } from "@pult/db/batch-writer.ts";
import type { Transaction } from "@pult/db/database.ts";
import { tableOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { findDomainError } from "../../errors.ts";
import { appendToLogs, type NewEntry } from "../../realtime/log.ts";
import { priceOf, volumeOf } from "../curve.ts";
import { roomEntry } from "../events.ts";
import { type Entry, postTransfers, type Transfer } from "../ledger/post.ts";
import { priceUpdateOf } from "../rooms/price.ts";
import { rewardsOf, tierOf } from "../tiers.ts";
import { shownTrader } from "../traders.ts";
import { type Book, type Made, openBook } from "./book.ts";
import { candlesOf, type PriceChange, saveCandles } from "./candles.ts";
import { placeTrade } from "./place.ts";
import { toTrade } from "./rows.ts";
import type { Published, TradeWrite, WrittenTrade } from "./write.ts";

/**
 * Makes a batch of trades, each after those before it, with everything that follows: ledger, candles, rewards, logs. A handful of set-based
 * statements, however many trades. Rooms are locked first, then traders, so batches of several nodes wait for each other.
 */
export async function applyTrades(
  tx: Transaction,
  writes: readonly TradeWrite[],
  now: Date,
): Promise<Outcome<WrittenTrade>[]> {
  const book = await openBook(tx, writes, now);
  const before = new Map([...book.traders.values()].map(({ id, volume }) => [id, volume]));
  const fresh: WrittenTrade[] = [];
  const outcomes = writes.map((write): Outcome<WrittenTrade> => {
    try {
      const { result, isRepeat } = placeTrade(book, write);
      const value: WrittenTrade = { result, isRepeat, published: null };
      if (!isRepeat) fresh.push(value);
      return { ok: true, value };
    } catch (error) {
      if (!findDomainError(error)) throw error;
      return { ok: false, error };
    }
  });
  if (fresh[0]) fresh[0].published = await save(tx, book, before);
  return outcomes;
}

async function save(tx: Transaction, book: Book, volumesBefore: ReadonlyMap<string, bigint>): Promise<Published> {
  const { made, at } = book;
  const rooms = [...new Set(made.map(({ room }) => room))];
  const [appended] = await Promise.all([
    appendToLogs(tx, entriesOf(book, volumesBefore)),
    postTransfers(tx, made.map(transferOf), at),
    insertTrades(tx, made, at),
    saveCandles(tx, candlesOf(changesOf(book), at)),
    saveRooms(tx, made),
    saveMembers(tx, made),
    saveTraders(tx, made),
  ]);
  const traders = [...new Set(made.map(({ trader }) => trader))];
  const rewards = traders.map((trader) => ({ key: trader.key, value: rewardsOf(trader) }));
  return {
    appended,
    rewards,
    prices: rooms.map((room) => priceUpdateOf(room, book.dayVolumes.get(room.id) ?? 0n, at)),
  };
}

/** What the trade moves between the trader, the curve, the fees and the trader's rewards. */
function transferOf({ write, room, trader, member, fill, row, reward }: Made): Transfer {
  const { order, roomId, requestKey, fingerprint } = write;
  const isBuy = order.side === "buy";
  const sol = (accountId: number, amount: bigint): Entry => ({ accountId, asset: "sol", amount });
  const token = (accountId: number, amount: bigint): Entry => ({ accountId, asset: "token", amount });
  const entries = [
    sol(member.solId, isBuy ? -fill.in : fill.out),
    sol(room.curveSolId, isBuy ? fill.moved : -fill.moved),
    sol(room.feesId, fill.fee - reward),
    sol(trader.rewardsId, reward),
    token(member.tokenId, isBuy ? fill.out : -fill.in),
    token(room.curveTokenId, isBuy ? -fill.out : fill.in),
  ];
  const place = { roomId, sequence: row.sequence, kind: order.side, traderId: trader.id };
  return { ...place, requestKey, fingerprint, entries };
}

/** What the room is told, in the order in which it happened. */
function entriesOf({ made, ...book }: Book, volumesBefore: ReadonlyMap<string, bigint>): NewEntry[] {
  const volumes = new Map(volumesBefore);
  const at = book.at.toISOString();
  return made.flatMap(({ write, room, trader, fill, row }) => {
    const isLast = fill.after.forSale === 0n;
    const trade = toTrade(row);
    const entries = [roomEntry(room.id, { type: "traded", trade, status: isLast ? "completed" : "open" })];
    const volume = volumes.get(trader.id) ?? 0n;
    const reached = volume + volumeOf(write.order, fill);
    volumes.set(trader.id, reached);
    if (tierOf(reached) !== tierOf(volume))
      entries.push(roomEntry(room.id, { type: "tierReached", ...shownTrader(trader), at, tier: tierOf(reached) }));
    if (isLast) entries.push(roomEntry(room.id, { type: "completed", finalPrice: trade.priceAfter, at }));
    return entries;
  });
}

function changesOf({ made }: Book): PriceChange[] {
  return made.map(({ write, room, fill, before }) => ({
    roomId: room.id,
    before: priceOf(before),
    after: priceOf(fill.after),
    volume: volumeOf(write.order, fill),
  }));
}

async function insertTrades(tx: Transaction, made: readonly Made[], at: Date): Promise<void> {
  const rows = made.map(({ row }) => row);
  await tx.execute(sql`
    insert into trades (room_id, sequence, trader_id, is_buy, amount_in, amount_out, fee, price, sol_reserve, token_reserve, sol_balance,
      token_balance, created_at)
    select x.*, ${at.toISOString()}::timestamptz from ${tableOf(rows, TRADE)}`);
}

const TRADE = {
  roomId: "uuid",
  sequence: "bigint",
  traderId: "uuid",
  isBuy: "boolean",
  amountIn: "bigint",
  amountOut: "bigint",
  fee: "bigint",
  price: "bigint",
  sol: "bigint",
  token: "bigint",
  solBalance: "bigint",
  tokenBalance: "bigint",
} as const;

async function saveRooms(tx: Transaction, made: readonly Made[]): Promise<void> {
  const rows = [...new Set(made.map(({ room }) => room))].map((room) => ({ ...room, ...room.curve }));
  await tx.execute(sql`
    update rooms r set status = x.status, sequence = x.sequence, volume = x.volume, trade_count = x."tradeCount",
      completed_at = x."completedAt", sol_reserve = x.sol, token_reserve = x.token, for_sale = x."forSale"
    from ${tableOf(rows, ROOM)} where r.id = x.id`);
}

const ROOM = {
  id: "uuid",
  status: "text",
  sequence: "bigint",
  volume: "bigint",
  tradeCount: "bigint",
  completedAt: "timestamptz",
  sol: "bigint",
  token: "bigint",
  forSale: "bigint",
} as const;

async function saveMembers(tx: Transaction, made: readonly Made[]): Promise<void> {
  const rows = [...new Set(made.map(({ member }) => member))];
  await tx.execute(sql`
    update room_members m set cost = x.cost, realised = x.realised from ${tableOf(rows, MEMBER)}
    where m.room_id = x."roomId" and m.trader_id = x."traderId"`);
}

const MEMBER = { roomId: "uuid", traderId: "uuid", cost: "bigint", realised: "bigint" } as const;

async function saveTraders(tx: Transaction, made: readonly Made[]): Promise<void> {
  const rows = [...new Set(made.map(({ trader }) => trader))];
  await tx.execute(sql`
    update traders t set volume = x.volume from ${tableOf(rows, { id: "uuid", volume: "bigint" })} where t.id = x.id`);
}

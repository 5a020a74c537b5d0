import { averagePriceOf, type Fill, type Order, volumeOf } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { type MemberRecord, memberKey } from "../rooms/members.ts";
import type { RoomRecord } from "../rooms/rows.ts";
import type { TradeResult } from "../schema.ts";
import { rewardOf } from "../tiers.ts";
import type { TraderRecord } from "../traders.ts";
import { type Book, requestOf, resultOf } from "./book.ts";
import { requireCovered, requireFill } from "./fill.ts";
import type { TradeRow } from "./rows.ts";
import type { TradeWrite } from "./write.ts";

/** What becomes of a trade. */
export type Placed = { result: TradeResult; isRepeat: boolean };

/** Makes a trade in memory, after those before it. @throws DomainError, and changes nothing */
export function placeTrade(book: Book, write: TradeWrite): Placed {
  const room = book.rooms.get(write.roomId);
  if (!room) throw tradingError("roomNotFound");
  const trader = book.traders.get(write.traderKey);
  const member = trader && book.members.get(memberKey(room.id, trader.id));
  if (!trader || !member) throw tradingError("notJoined");
  const request = requestOf(room.id, trader.id, write.requestKey);
  const before = book.done.get(request);
  if (before) {
    if (before.fingerprint !== write.fingerprint) throw tradingError("clientIdReused");
    return { result: before.result, isRepeat: true };
  }
  requireMember(member);
  const fill = fillWithin(book.now, { room, member, write });
  const result = settle(book, { room, trader, member, write, fill });
  book.done.set(request, { fingerprint: write.fingerprint, result });
  return { result, isRepeat: false };
}

function requireMember({ isMember, isRemoved }: MemberRecord): void {
  if (isRemoved) throw tradingError("removed");
  if (!isMember) throw tradingError("notJoined");
}

interface Asked {
  room: RoomRecord;
  member: MemberRecord;
  write: TradeWrite;
}

function fillWithin(now: Date, { room, member, write }: Asked): Fill {
  const { order, quote, minOut, maxIn } = write;
  const fill = requireFill(room, order);
  if (quote && quote.expiresAt < now.getTime()) throw tradingError("quoteExpired");
  if (quote && (fill.out < quote.out || fill.in > quote.in)) throw tradingError("quoteChanged");
  if ((minOut !== null && fill.out < minOut) || (maxIn !== null && fill.in > maxIn))
    throw tradingError("slippage", { in: String(fill.in), out: String(fill.out) });
  requireCovered(order, fill, member);
  return fill;
}

function settle(book: Book, given: Asked & { trader: TraderRecord; fill: Fill }): TradeResult {
  const { room, trader, member, write, fill } = given;
  const { order } = write;
  const isBuy = order.side === "buy";
  const before = room.curve;
  const reward = rewardOf(fill.fee, trader.volume);
  moveCost(member, order, fill);
  member.sol += isBuy ? -fill.in : fill.out;
  member.token += isBuy ? fill.out : -fill.in;
  const volume = volumeOf(order, fill);
  trader.volume += volume;
  trader.unclaimed += reward;
  room.curve = fill.after;
  room.volume += volume;
  room.tradeCount += 1;
  room.sequence += 1;
  book.dayVolumes.set(room.id, (book.dayVolumes.get(room.id) ?? 0n) + volume);
  if (fill.after.forSale === 0n) {
    room.status = "completed";
    room.completedAt = book.at.toISOString();
  }
  const row = toRow(given, book.at);
  book.made.push({ write, room, trader, member, before, fill, row, reward });
  return resultOf(row);
}

/** A sell takes its share of what the units cost, rounded down, and realises the rest. */
function moveCost(member: MemberRecord, { side }: Order, fill: Fill): void {
  if (side === "buy") {
    member.cost += fill.in;
    return;
  }
  const cost = (member.cost * fill.in) / member.token;
  member.cost -= cost;
  member.realised += fill.out - cost;
}

function toRow(
  { room, trader, member, write, fill }: Asked & { trader: TraderRecord; fill: Fill },
  at: Date,
): TradeRow {
  return {
    roomId: room.id,
    sequence: room.sequence,
    traderId: trader.id,
    userId: trader.userId,
    name: trader.name,
    isBuy: write.order.side === "buy",
    amountIn: String(fill.in),
    amountOut: String(fill.out),
    fee: String(fill.fee),
    price: String(averagePriceOf(write.order, fill)),
    sol: String(fill.after.sol),
    token: String(fill.after.token),
    solBalance: String(member.sol),
    tokenBalance: String(member.token),
    at: at.toISOString(),
  };
}

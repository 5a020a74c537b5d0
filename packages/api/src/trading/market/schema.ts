import { z } from "zod";
import { instant } from "../../instant.ts";
import { limit, roomId, userId } from "../fields.ts";
import { RESOLUTIONS, type Resolution } from "../resolutions.ts";
import type { Balances, RoomStatus } from "../schema.ts";

export const listCandlesInput = z.object({
  roomId,
  resolution: z.enum(Object.keys(RESOLUTIONS) as [Resolution, ...Resolution[]]),
  /** Only candles that start before it. */
  before: instant.optional(),
  limit: z.int().min(1).max(1_000).default(300),
});
export type ListCandlesInput = z.infer<typeof listCandlesInput>;
/** Prices are those of the next unit: before the first trade of the span, and after its trades. */
export interface Candle {
  start: string;
  open: string;
  high: string;
  low: string;
  close: string;
  /** Lamports. */
  volume: string;
}
export interface CandlesPage {
  /** Oldest first; spans without a trade are left out. */
  candles: Candle[];
  /** Of an earlier page; null when there is none. */
  nextBefore: string | null;
}

export const depthInput = z.object({ roomId, levels: z.int().min(1).max(100).default(25) });
export type DepthInput = z.infer<typeof depthInput>;
/** How much can be traded until the price of the next unit is this. */
export interface DepthLevel {
  price: string;
  /** Units, and lamports before the fee, from the present price to there. */
  token: string;
  sol: string;
}
export interface Depth {
  price: string;
  /** What buys move, nearest first; the last level buys all that is for sale. */
  asks: DepthLevel[];
  /** What sells move, nearest first; the last level sells all that was bought. */
  bids: DepthLevel[];
}

export const rankedInput = z.object({ roomId, limit });
export type RankedInput = z.infer<typeof rankedInput>;
interface Ranked {
  rank: number;
  traderId: string;
  userId: string;
  name: string | null;
}
export interface Holder extends Ranked {
  token: string;
  /** Of all that was sold, in basis points, rounded down. */
  shareBps: number;
}
export interface Holders {
  /** How many hold any. */
  count: number;
  holders: Holder[];
}

/** Won or lost, in lamports, by average cost. */
export interface Result {
  /** By sells. */
  realised: string;
  /** What the units are worth at the present price, less what they cost. */
  unrealised: string;
  total: string;
}
export interface Standing extends Ranked {
  balances: Balances;
  result: Result;
}
export interface Leaderboard {
  standings: Standing[];
}

export const traderInput = z.object({ userId: userId.optional() });
export type TraderInput = z.infer<typeof traderInput>;
export interface Position {
  roomId: string;
  name: string;
  tokenMint: string;
  status: RoomStatus;
  price: string;
  isMember: boolean;
  balances: Balances;
  /** Lamports that the units cost on average. */
  cost: string;
  /** Lamports that they are worth at the present price. */
  worth: string;
  result: Result;
}
export interface Portfolio {
  /** Rooms that the trader ever joined, the last joined first. */
  positions: Position[];
  /** Over all of them. */
  result: Result;
}

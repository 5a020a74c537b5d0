import type { Deps } from "../../context.ts";
import type { Appended } from "../../realtime/log.ts";
import type { Order } from "../curve.ts";
import type { Rewards } from "../rewards/schema.ts";
import type { PriceUpdate, TradeResult } from "../schema.ts";

/** A trade about to be made. */
export interface TradeWrite {
  roomId: string;
  traderKey: string;
  order: Order;
  /** The least to get and the most to give; null for any. */
  minOut: bigint | null;
  maxIn: bigint | null;
  /** What was quoted, and until when (Unix ms) that holds. */
  quote: { in: bigint; out: bigint; expiresAt: number } | null;
  requestKey: string;
  /** Whether a client may have chosen the key before. */
  isRepeatable: boolean;
  /** What the request key stands for. */
  fingerprint: string;
}

export interface WrittenTrade {
  result: TradeResult;
  /** It was made before, under the same client id. */
  isRepeat: boolean;
  /** What the whole batch is to publish, on its first fresh result only. */
  published: Published | null;
}

export interface Published {
  appended: Appended;
  prices: readonly PriceUpdate[];
  rewards: readonly { key: string; value: Rewards }[];
}

export type TradeDeps = Pick<Deps, "db" | "bus" | "feeds" | "log" | "now">;

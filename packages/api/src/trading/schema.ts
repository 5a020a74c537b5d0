import { z } from "zod";
import { DEFAULT_FEE_BPS, MAX_FEE_BPS } from "./curve.ts";
import {
  amount,
  baseUnits,
  bound,
  clientId,
  limit,
  numberCursor,
  price,
  reason,
  roomId,
  storable,
  userId,
} from "./fields.ts";

export const SIDES = ["buy", "sell"] as const;
export const side = z.enum(SIDES);
export const ROOM_STATUSES = ["open", "completed", "closed"] as const;
export const roomStatus = z.enum(ROOM_STATUSES);
export type RoomStatus = z.infer<typeof roomStatus>;
/** By lifetime volume. */
export const TIERS = ["Bronze", "Silver", "Gold", "Platinum", "Diamond"] as const;
export const tier = z.enum(TIERS);
export type Tier = z.infer<typeof tier>;

export const roomInput = z.object({ roomId });
export type RoomInput = z.infer<typeof roomInput>;
export const memberInput = z.object({ roomId, userId: userId.optional() });
export type MemberInput = z.infer<typeof memberInput>;

export const createRoomInput = z.object({
  name: z.string().trim().min(1).max(80).refine(storable, "No NUL or half characters"),
  feeBps: z.int().min(0).max(MAX_FEE_BPS).default(DEFAULT_FEE_BPS),
  /** A repeat with the same id answers the same room. */
  clientId: clientId.optional(),
});
export type CreateRoomInput = z.infer<typeof createRoomInput>;

export const listRoomsInput = z.object({
  status: roomStatus.optional(),
  cursor: z.string().max(100).nullish(),
  limit,
});
export type ListRoomsInput = z.infer<typeof listRoomsInput>;

const order = z.object({
  roomId,
  side,
  /** Lamports of a buy, units of a sell; with `exact: "out"` units to get by a buy, lamports to get by a sell. */
  amount,
  exact: z.enum(["in", "out"]).default("in"),
  userId: userId.optional(),
});
export const quoteInput = order;
export type QuoteInput = z.infer<typeof quoteInput>;
export const tradeInput = order.extend({
  /** The least that the trader is to get, after the fee. */
  minOut: bound.optional(),
  /** The most that the trader is to give. */
  maxIn: bound.optional(),
  /** Of `quote`: the trade is made as quoted or better, or refused. */
  quoteId: z.string().max(1_000).optional(),
  /** A repeat with the same id gets the same answer and has no effect. */
  clientId: clientId.optional(),
});
export type TradeInput = z.infer<typeof tradeInput>;

export const listTradesInput = z.object({
  roomId,
  /** Only this trader's. */
  userId: userId.optional(),
  cursor: numberCursor,
  limit,
});
export type ListTradesInput = z.infer<typeof listTradesInput>;

export const sendChatInput = z.object({
  roomId,
  /** Kept as written. */
  text: z.string().min(1).max(2_000).refine(storable, "No NUL or half characters"),
  userId: userId.optional(),
  /** A repeat with the same id gets the same answer and has no effect. */
  clientId: clientId.optional(),
});
export type SendChatInput = z.infer<typeof sendChatInput>;
export const listChatInput = z.object({ roomId, userId: userId.optional(), cursor: numberCursor, limit });
export type ListChatInput = z.infer<typeof listChatInput>;
export interface ChatPage {
  /** Newest first. */
  messages: ChatMessage[];
  nextCursor: string | null;
}

export const listTimelineInput = z.object({
  roomId,
  userId: userId.optional(),
  cursor: z.string().max(120).nullish(),
  limit,
});
export type ListTimelineInput = z.infer<typeof listTimelineInput>;

export const followInput = z.object({ lastEventId: z.string().max(128).nullish() });
export const followRoomInput = followInput.extend({ roomId, userId: userId.optional() });
export const followPriceInput = z.object({
  mintAddress: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, "must be the address of a mint"),
});

/** Virtual reserves and what is left for sale. */
export const reserves = z.object({ sol: baseUnits, token: baseUnits, forSale: baseUnits });
export type Reserves = z.infer<typeof reserves>;
export const balances = z.object({ sol: baseUnits, token: baseUnits });
export type Balances = z.infer<typeof balances>;

/** A trader as others see them. */
const traderInfo = {
  traderId: z.uuid(),
  /** The id as their namespace has it, such as a wallet's public key; `erased` once they were erased. */
  userId: z.string(),
  name: z.string().nullable(),
};

export const roomTrade = z.object({
  /** Its place among the room's transfers. */
  sequence: z.int().positive(),
  ...traderInfo,
  side,
  /** Lamports with the fee of a buy, units of a sell. */
  amountIn: baseUnits,
  /** Units of a buy, lamports after the fee of a sell. */
  amountOut: baseUnits,
  /** Lamports. */
  fee: baseUnits,
  /** Average before the fee. */
  price,
  /** Of the next unit, after the trade. */
  priceAfter: price,
  /** After the trade. */
  reserves,
  at: z.iso.datetime(),
});
export type RoomTrade = z.infer<typeof roomTrade>;

export const chatMessage = z.object({
  id: z.int().positive(),
  ...traderInfo,
  text: z.string(),
  /** Which the sender gave it, so that they know it again; left out where they gave none. */
  clientId: z.string().optional(),
  at: z.iso.datetime(),
});
export type ChatMessage = z.infer<typeof chatMessage>;

const about = { ...traderInfo, at: z.iso.datetime() };

const spoken = z.object({ type: z.literal("spoke"), id: z.uuid(), ...about, text: z.string() });
/** Said aloud by a speaker, in words as they were recognised. */
export type Spoken = z.infer<typeof spoken>;

/** What happens in a room, in one order. */
export const roomEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("traded"), trade: roomTrade, status: roomStatus }),
  z.object({ type: z.literal("completed"), finalPrice: price, at: z.iso.datetime() }),
  z.object({ type: z.literal("closed"), at: z.iso.datetime() }),
  z.object({ type: z.literal("messageSent"), message: chatMessage }),
  z.object({ type: z.literal("joined"), ...about }),
  z.object({ type: z.literal("left"), ...about }),
  z.object({ type: z.literal("tierReached"), ...about, tier }),
  /** Null lets them write again. */
  z.object({ type: z.literal("muted"), ...about, until: z.iso.datetime().nullable(), reason }),
  z.object({ type: z.literal("warned"), ...about, reason }),
  z.object({ type: z.literal("removed"), ...about, reason }),
  z.object({ type: z.literal("readmitted"), ...about }),
  spoken,
  z.object({ type: z.literal("enteredVoice"), ...about }),
  z.object({ type: z.literal("leftVoice"), ...about }),
  z.object({ type: z.literal("handRaised"), ...about }),
  z.object({ type: z.literal("handLowered"), ...about }),
  z.object({ type: z.literal("speakerAdded"), ...about }),
  z.object({ type: z.literal("speakerRemoved"), ...about }),
]);
export type RoomEvent = z.infer<typeof roomEvent>;

/** What a room's past is made of. */
export type TimelineEvent = Extract<RoomEvent, { type: "traded" | "completed" | "messageSent" | "spoke" | "closed" }>;
export interface TimelinePage {
  /** Newest first. */
  events: TimelineEvent[];
  nextCursor: string | null;
}

/** The newest price of a token. */
export const priceUpdate = z.object({
  mintAddress: z.string(),
  roomId,
  price,
  /** Lamports traded in the last 24 hours, to the minute. */
  volume: baseUnits,
  /** Lamports that the whole supply is worth. */
  marketValue: baseUnits,
  at: z.iso.datetime(),
});
export type PriceUpdate = z.infer<typeof priceUpdate>;

export interface RoomSummary {
  id: string;
  name: string;
  tokenMint: string;
  status: RoomStatus;
  feeBps: number;
  reserves: Reserves;
  price: string;
  marketValue: string;
  /** Lamports traded since the beginning. */
  volume: string;
  tradeCount: number;
  createdAt: string;
  completedAt: string | null;
  closedAt: string | null;
}
export interface ListedRoom extends RoomSummary {
  /** Who joined and has not left. */
  members: number;
}
export interface RoomsPage {
  /** Newest first. */
  rooms: ListedRoom[];
  nextCursor: string | null;
}

/** The caller in a room. */
export interface Membership {
  traderId: string;
  userId: string;
  isMember: boolean;
  balances: Balances;
  mutedUntil: string | null;
  isRemoved: boolean;
}
export interface RoomState extends RoomSummary {
  /** Who joined and is connected. */
  participants: number;
  /** Who joined and has not left. */
  members: number;
  /** Lamports traded in the last 24 hours, to the minute. */
  dayVolume: string;
  /** The newest, oldest first; none for callers who are neither members nor staff. */
  messages: ChatMessage[];
  /** The newest, oldest first. */
  trades: RoomTrade[];
  /** The newest that were said aloud, oldest first; none for callers who are neither members nor staff. */
  spoken: Spoken[];
  /** Null for callers who never joined. */
  me: Membership | null;
}

export interface Quote {
  /** Opens nothing but this trader's trade in this room. */
  quoteId: string;
  expiresAt: string;
  side: "buy" | "sell";
  amountIn: string;
  amountOut: string;
  fee: string;
  /** Average before the fee. */
  price: string;
  /** Of the next unit, after the trade. */
  priceAfter: string;
  /** How far the average lies from the present price, in basis points. */
  priceImpactBps: number;
}
export interface TradeResult {
  trade: RoomTrade;
  status: RoomStatus;
  /** The trader's, after the trade. */
  balances: Balances;
}
export interface TradesPage {
  /** Newest first. */
  trades: RoomTrade[];
  nextCursor: string | null;
}

/** What a check of a room's ledger found. */
export interface Verification {
  roomId: string;
  isExact: boolean;
  transfers: number;
  trades: number;
  /** At most 100. */
  differences: { what: string; expected: string; found: string }[];
}

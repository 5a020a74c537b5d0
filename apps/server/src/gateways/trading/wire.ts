import { type DomainError, type ErrorCode, type KeysOf, malformed } from "@pult/api/errors.ts";
import type { tradingError } from "@pult/api/trading/errors.ts";
import { amount, userId } from "@pult/api/trading/fields.ts";
import type { Rewards } from "@pult/api/trading/rewards/schema.ts";
import {
  type ChatMessage,
  type PriceUpdate,
  type RoomEvent,
  type RoomState,
  type RoomTrade,
  sendChatInput,
  tradeInput,
} from "@pult/api/trading/schema.ts";
import type { VoiceEvent } from "@pult/api/trading/voice/schema.ts";
import { z } from "zod";
import { decode } from "../../http/decode.ts";

/** An id that no room has is an answer of its own. */
const environmentId = z.string().min(1).max(128);
/** A repeat with the same id gets the same answer, alone and without effect. */
const { clientId, minOut } = tradeInput.shape;

/** What a client may send as `data`, by the message's `type`. */
const DATA = {
  JOIN_ENVIRONMENT: z.object({ environmentId, userId }),
  VIRTUAL_TRADE: z.object({
    environmentId,
    amount,
    isBuy: z.boolean(),
    minOut,
    clientId,
    userId: userId.optional(),
  }),
  CHAT_MESSAGE: z.object({
    environmentId,
    message: sendChatInput.shape.text,
    clientId,
    userId: userId.optional(),
  }),
  VOICE_SESSION_START: z.object({
    userId,
    /** Commands are understood in every language that the grammar has. */
    preferredLanguage: z.string().min(1).max(64).optional(),
    environmentId: environmentId.optional(),
    takeOver: z.boolean().optional(),
  }),
  SUBSCRIBE_PRICE: z.object({ mintAddress: z.string().min(1).max(128), environmentId: environmentId.optional() }),
  SUBSCRIBE_REWARDS: z.object({ userId }),
  HEARTBEAT: z.unknown(),
} as const;

type Shapes = typeof DATA;
export type MessageType = keyof Shapes;
export type DataOf<Type extends MessageType> = z.output<Shapes[Type]>;
/** A decoded message. */
export type ClientMessage = { [Type in MessageType]: { type: Type; data: DataOf<Type> } }[MessageType];

/** @throws DomainError `VALIDATION` */
export function decodeMessage(text: string): ClientMessage {
  const { type, data } = parse(text);
  if (typeof type !== "string") throw malformed("type: must be a text");
  if (!Object.hasOwn(DATA, type)) throw malformed(`Unknown type: ${type.slice(0, 64)}`);
  if (data === undefined && type !== "HEARTBEAT") throw malformed("data is missing");
  return { type, data: decode<z.ZodType>(DATA[type as MessageType], data) } as ClientMessage;
}

/** The user that a message names as the one it comes from; null for one that names none, and for what is no message. */
export function namedIn(text: string): string | null {
  try {
    const { type, data } = decodeMessage(text);
    return type !== "HEARTBEAT" && "userId" in data ? (data.userId ?? null) : null;
  } catch {
    return null;
  }
}

function parse(text: string): { type?: unknown; data?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // As what is JSON, but no object.
  }
  throw malformed("Not a JSON object of type and data");
}

/** The document's codes, and those that its contract adds. */
export const ERROR_CODES = [
  "INVALID_MESSAGE",
  "UNAUTHORIZED",
  "ENVIRONMENT_NOT_FOUND",
  "INSUFFICIENT_BALANCE",
  "RATE_LIMITED",
  "SLIPPAGE_EXCEEDED",
  "ROOM_COMPLETED",
  "NOT_JOINED",
  "VOICE_UNAVAILABLE",
] as const;
export type WireErrorCode = (typeof ERROR_CODES)[number];

type TradingErrorKey = KeysOf<typeof tradingError>;
const CODE_OF_KEY: Partial<Record<TradingErrorKey, WireErrorCode>> = {
  "trading.insufficientBalance": "INSUFFICIENT_BALANCE",
  "trading.slippage": "SLIPPAGE_EXCEEDED",
  "trading.completed": "ROOM_COMPLETED",
  "trading.closed": "ROOM_COMPLETED",
  "trading.notJoined": "NOT_JOINED",
  "trading.voiceUnavailable": "VOICE_UNAVAILABLE",
};
const CODE_OF: Record<ErrorCode, WireErrorCode> = {
  VALIDATION: "INVALID_MESSAGE",
  CONFLICT: "INVALID_MESSAGE",
  PAYLOAD_TOO_LARGE: "INVALID_MESSAGE",
  UNSUPPORTED_MEDIA: "INVALID_MESSAGE",
  UNAUTHORIZED: "UNAUTHORIZED",
  SECOND_FACTOR_REQUIRED: "UNAUTHORIZED",
  AUTH_EXPIRED: "UNAUTHORIZED",
  FORBIDDEN: "UNAUTHORIZED",
  CONFIRMATION_REQUIRED: "UNAUTHORIZED",
  NOT_FOUND: "ENVIRONMENT_NOT_FOUND",
  RATE_LIMITED: "RATE_LIMITED",
  UPSTREAM_FAILED: "RATE_LIMITED",
  UNAVAILABLE: "RATE_LIMITED",
};

/** @param error null for the unexpected: like an overloaded server, it is worth a later repeat */
export function encodeRefusal(error: DomainError | null): string {
  if (!error) return encodeError("RATE_LIMITED", "Internal server error; repeat later with the same clientId");
  const { key, code, message, params, retryAfterSeconds } = error;
  const details = { ...params, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) };
  return encodeError(CODE_OF_KEY[key as TradingErrorKey] ?? CODE_OF[code], message, details);
}

export function encodeError(code: WireErrorCode, message: string, details: object = {}): string {
  const data = { code, message, ...(Object.keys(details).length > 0 ? { details } : {}) };
  return JSON.stringify({ type: "ERROR", data });
}

export const encodeHeartbeat = (): string => JSON.stringify({ type: "HEARTBEAT" });

const toTrade = ({ userId, amountIn, price, at, side }: RoomTrade) => ({
  userId,
  amount: amountIn,
  price,
  timestamp: Date.parse(at),
  isBuy: side === "buy",
});

const toChat = ({ userId, text, at }: ChatMessage) => ({ userId, message: text, timestamp: Date.parse(at) });

export const stateMessage = ({ id, name, tokenMint, reserves, participants, messages, trades }: RoomState) => ({
  type: "ENVIRONMENT_STATE",
  data: {
    id,
    name,
    tokenMint,
    virtualSolReserves: reserves.sol,
    virtualTokenReserves: reserves.token,
    participants,
    chatHistory: messages.map(toChat),
    trades: trades.map(toTrade),
  },
});

export const tradeMessage = (environmentId: string, trade: RoomTrade) => ({
  type: "VIRTUAL_TRADE_EXECUTED",
  data: {
    trade: toTrade(trade),
    newReserves: { sol: trade.reserves.sol, token: trade.reserves.token },
    environmentId,
  },
});

export const chatMessage = (environmentId: string, message: ChatMessage) => ({
  type: "CHAT_MESSAGE",
  data: { ...toChat(message), environmentId },
});

/** What everyone joined in the room is told of an event; null for what the protocol does not show. */
export function roomMessage(environmentId: string, event: RoomEvent): object | null {
  if (event.type === "traded") return tradeMessage(environmentId, event.trade);
  return event.type === "messageSent" ? chatMessage(environmentId, event.message) : null;
}

export const encodeVoiceReady = (sessionId: string, liveKitToken: string): string =>
  JSON.stringify({ type: "VOICE_SESSION_READY", data: { sessionId, liveKitToken } });

/** What the client of a session is told of its voice; null for what the protocol does not show. */
export function voiceMessage(sessionId: string, event: VoiceEvent): object | null {
  if (event.sessionId !== sessionId) return null;
  if (event.type === "transcription")
    return { type: "VOICE_TRANSCRIPTION", data: { text: event.text, isFinal: event.isFinal } };
  if (event.type !== "command") return null;
  const { intent, parameters, confidence } = event;
  return { type: "VOICE_COMMAND", data: { intent, parameters, confidence } };
}

export const priceData = ({ mintAddress, roomId, price, volume, at }: PriceUpdate) => ({
  mintAddress,
  environmentId: roomId,
  price,
  volume,
  timestamp: Date.parse(at),
});
export type PriceData = ReturnType<typeof priceData>;

/** @param data JSON of `priceData`, or of a list of it */
export const encodePrice = (data: string): string => `{"type":"PRICE_UPDATE","data":${data}}`;

export const rewardsData = ({ tier, unclaimedRewards, totalLaunches, totalVolume }: Rewards) => ({
  tier,
  unclaimedRewards,
  totalLaunches,
  totalVolume,
});

/** @param data JSON of `rewardsData` */
export const encodeRewards = (data: string): string => `{"type":"REWARD_UPDATE","data":${data}}`;

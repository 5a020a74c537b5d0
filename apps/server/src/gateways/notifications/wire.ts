import { malformed } from "@pult/api/errors.ts";
import { EVENT_TYPES, type EventType, eventType, type InstagramEvent } from "@pult/api/notifications/schema.ts";
import { z } from "zod";
import { decode } from "../../http/decode.ts";

const userId = z.union([z.string().min(1).max(128), z.int().nonnegative().transform(String)]);
const eventTypes = z
  .array(z.string())
  .min(1, "eventTypes: name at least one")
  .max(100)
  .transform((names, ctx) => {
    const unknown = names.find((name) => !(EVENT_TYPES as readonly string[]).includes(name));
    if (unknown === undefined) return names.map((name) => eventType.parse(name));
    ctx.issues.push({ code: "custom", message: `Unknown event type: ${unknown.slice(0, 64)}`, input: names, path: [] });
    return z.NEVER;
  });

/** What a client may send, by its `type`. Every message may carry `timestamp`, and after the first one `userId`. */
const MESSAGES = {
  authenticate: z.object({ type: z.literal("authenticate"), token: z.string().min(1).max(8_192), userId }),
  subscribe: z.object({
    type: z.literal("subscribe"),
    eventTypes,
    userId: userId.optional(),
    batch: z.boolean().optional(),
  }),
  unsubscribe: z.object({ type: z.literal("unsubscribe"), eventTypes, userId: userId.optional() }),
  get_subscriptions: z.object({ type: z.literal("get_subscriptions"), userId: userId.optional() }),
  test_connection: z.object({ type: z.literal("test_connection"), userId: userId.optional() }),
  heartbeat: z.object({ type: z.literal("heartbeat") }),
} as const;
export const MESSAGE_TYPES = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];

type Shapes = typeof MESSAGES;
/** A decoded message. */
export type ClientMessage = { [Type in keyof Shapes]: z.output<Shapes[Type]> }[keyof Shapes];
export type Authenticate = z.output<Shapes["authenticate"]>;

/** @throws DomainError `VALIDATION` in the words that the client gets */
export function decodeMessage(text: string): ClientMessage {
  const value = parse(text);
  const type = typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== "string") throw malformed("Invalid message format");
  if (!Object.hasOwn(MESSAGES, type)) throw malformed(`Unknown message type: ${type.slice(0, 64)}`);
  return decode<z.ZodType<ClientMessage>>(MESSAGES[type as keyof Shapes], value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("Invalid message format");
  }
}

/** @param now Unix ms */
export const encodeAuthSuccess = (userId: string, now: number): string =>
  JSON.stringify({ type: "auth_success", message: "Authentication successful", userId, timestamp: now });

export const encodeAuthFailed = (now: number): string =>
  JSON.stringify({ type: "auth_failed", reason: "Invalid token", timestamp: now });

export const encodeSubscriptions = (types: readonly EventType[], now: number): string =>
  JSON.stringify({ type: "subscription_confirmed", eventTypes: types, timestamp: now });

export const encodeConnectionInfo = (types: readonly EventType[], now: number): string =>
  JSON.stringify({ type: "connection_info", status: "connected", subscriptions: types, timestamp: now });

export const encodeHeartbeat = (now: number): string =>
  JSON.stringify({ type: "heartbeat_response", timestamp: now, serverTime: new Date(now).toISOString() });

export const encodeError = (message: string, now: number): string =>
  JSON.stringify({ type: "error", message, timestamp: now });

/** @param payload an event, or with `batch` several, as JSON */
export const encodeEvent = (payload: string, now: number): string =>
  `{"type":"webhook_event","payload":${payload},"timestamp":${now}}`;

export const encodeEvents = (events: readonly InstagramEvent[], now: number): string =>
  encodeEvent(JSON.stringify(events), now);

import { malformed } from "@pult/api/errors.ts";
import type { LiveAlert } from "@pult/api/notifications/schema.ts";
import { z } from "zod";

const threadId = z.int().positive().nullish();
const action = z.discriminatedUnion("action", [
  z.object({ action: z.literal("broadcast"), text: z.string().trim().min(1), thread_id: threadId }),
  z.object({ action: z.literal("pin"), data: z.object({ messageId: z.int().positive() }), thread_id: threadId }),
]);
const ping = z.object({ type: z.literal("ping") });

/** A decoded message. */
export type ClientMessage =
  | { type: "ping" }
  | { type: "broadcast"; text: string; threadId: number | null }
  | { type: "pin"; messageId: number; threadId: number | null };

export const MESSAGE_TYPES = ["ping", "broadcast", "pin"] as const satisfies readonly ClientMessage["type"][];

/** @throws DomainError `VALIDATION` in the document's words */
export function decodeMessage(text: string): ClientMessage {
  const value = parse(text);
  const acted = action.safeParse(value);
  if (!acted.success) {
    if (ping.safeParse(value).success) return { type: "ping" };
    throw malformed("Invalid message format");
  }
  const { thread_id: threadId = null } = acted.data;
  if (acted.data.action === "pin") return { type: "pin", messageId: acted.data.data.messageId, threadId };
  return { type: "broadcast", text: acted.data.text, threadId };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("Invalid message format");
  }
}

export const encodePong = (): string => JSON.stringify({ type: "pong" });
export const encodeToast = (title: string): string => JSON.stringify({ type: "toast", title });
export const encodeError = (message: string): string => JSON.stringify({ type: "error", message });
/** @param json of the figures */
export const encodeStatus = (json: string): string => `{"type":"status","data":${json}}`;
/** @param json as `liveOut` makes it */
export const encodeLiveOut = (json: string): string => `{"type":"live_out","data":${json}}`;

/** An alert as the document writes it: instants are Unix ms. */
export const liveOut = ({ id, type, name, marketId, confidence, ev, sport, expiresAt }: LiveAlert) => ({
  id,
  type,
  name,
  marketId,
  confidence,
  ev,
  sport,
  expiresAt: Date.parse(expiresAt),
});

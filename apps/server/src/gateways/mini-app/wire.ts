import { malformed } from "@pult/api/errors.ts";
import type { AlertEvent, LiveAlert } from "@pult/api/notifications/schema.ts";
import {
  type HistoryInput,
  type HistoryPage,
  historyInput,
  type Missed,
  type Toast,
} from "@pult/api/notifications/toasts/schema.ts";
import { z } from "zod";

const threadId = z.int().positive().nullish();
const action = z.discriminatedUnion("action", [
  z.object({ action: z.literal("broadcast"), text: z.string().trim().min(1), thread_id: threadId }),
  z.object({ action: z.literal("pin"), data: z.object({ messageId: z.int().positive() }), thread_id: threadId }),
]);
const asked = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ping") }),
  historyInput.extend({ type: z.literal("history") }),
]);

/** A decoded message. */
export type ClientMessage =
  | { type: "ping" }
  | ({ type: "history" } & HistoryInput)
  | { type: "broadcast"; text: string; threadId: number | null }
  | { type: "pin"; messageId: number; threadId: number | null };

export const MESSAGE_TYPES = [
  "ping",
  "history",
  "broadcast",
  "pin",
] as const satisfies readonly ClientMessage["type"][];

/** @throws DomainError `VALIDATION` in the document's words */
export function decodeMessage(text: string): ClientMessage {
  const value = parse(text);
  const acted = action.safeParse(value);
  if (!acted.success) {
    const question = asked.safeParse(value);
    if (question.success) return question.data;
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
/** What went wrong is an error to the document's clients. */
export const toastOf = ({ id, level, title }: Pick<Toast, "level" | "title"> & Partial<Toast>) =>
  level === "error" ? { type: "error", message: title, id } : { type: "toast", title, id, level };
export const encodeToast = (toast: Parameters<typeof toastOf>[0]): string => JSON.stringify(toastOf(toast));
/** Something that the user was not there for, as it would have been sent, with when that was. */
export function encodeMissed({ queuedAt, ageMs, ...missed }: Missed): string {
  const message = missed.type === "alert" ? { type: "live_out", data: liveOut(missed.alert) } : toastOf(missed.toast);
  return JSON.stringify({ ...message, queuedAt, ageMs });
}
/** What was told, as it was sent, with when that was (Unix ms). */
export const encodeHistory = ({ items, nextCursor }: HistoryPage): string => {
  const messages = items.map(({ at, ...item }) => ({
    ...(item.type === "alert" ? { type: "live_out", data: liveOut(item.alert) } : toastOf(item.toast)),
    at: Date.parse(at),
  }));
  return JSON.stringify({ type: "history", data: { items: messages, nextCursor } });
};
export const encodeError = (message: string): string => JSON.stringify({ type: "error", message });
/** @param json of the figures */
export const encodeStatus = (json: string): string => `{"type":"status","data":${json}}`;
/** Null for what the protocol does not show. */
export const liveOutOf = (event: AlertEvent) =>
  event.type === "published" ? { type: "live_out", data: liveOut(event.alert) } : null;

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

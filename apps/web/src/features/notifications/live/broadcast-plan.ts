import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/schema.ts";

/** As the API has them, without its validator in the bundle. */
export const MAX_LENGTH = 4_096;
export const MAX_TOPICS = 100;
/** Calls that Telegram allows into one group in a minute. */
export const CALLS_PER_MINUTE = 20;
const MAX_TOPIC_ID = 2 ** 31 - 1;

/** Topic ids in what was typed or pasted; `rest` is what is none. */
export function readTopics(text: string): { topics: number[]; rest: string[] } {
  const words = text.split(/[\s,;#]+/).filter(Boolean);
  const isTopic = (word: string) => /^[1-9]\d{0,9}$/.test(word) && Number(word) <= MAX_TOPIC_ID;
  return { topics: words.filter(isTopic).map(Number), rest: words.filter((word) => !isTopic(word)) };
}

export type Plan = { topics: number; pin: boolean; unpinPrevious: boolean };

/** What a broadcast costs: one call to send, one to pin, and one to unpin what was pinned before. */
export function planOf({ topics, pin, unpinPrevious }: Plan) {
  const calls = topics * (1 + (pin ? 1 + (unpinPrevious ? 1 : 0) : 0));
  // The first calls of a minute go out at once, the next after it.
  return { calls, minutes: Math.floor(Math.max(0, calls - 1) / CALLS_PER_MINUTE) };
}

export type TargetState =
  | "waiting"
  | "paused"
  | "scheduled"
  | "pinning"
  | "sent"
  | "notPinned"
  | "pinned"
  | "failed"
  | "pinFailed"
  | "unknown"
  | "cancelled";

/** How a broadcast stands in one topic. */
export function targetState(target: BroadcastTarget, broadcast: Broadcast, now: number): TargetState {
  const { state, reason, finishedAt } = target;
  if (state === "pending") {
    if (broadcast.state === "paused") return "paused";
    return Date.parse(broadcast.startsAt) > now ? "scheduled" : "waiting";
  }
  if (state === "sent") {
    if (!finishedAt) return "pinning";
    return reason ? "notPinned" : "sent";
  }
  return state === "failed" && broadcast.kind === "pin" ? "pinFailed" : state;
}

export type BroadcastState = "scheduled" | "sending" | "paused" | "cancelled" | "done" | "partly" | "failed";

/** How a broadcast stands in all of its topics. */
export function broadcastState(broadcast: Broadcast, now: number): { state: BroadcastState; done: number } {
  const { targets, state } = broadcast;
  const done = targets.filter((target) => target.state === "sent" || target.state === "pinned").length;
  const isOpen = targets.some(({ finishedAt }) => !finishedAt);
  if (state === "cancelled") return { state, done };
  if (isOpen) {
    if (state === "paused") return { state, done };
    return { state: Date.parse(broadcast.startsAt) > now ? "scheduled" : "sending", done };
  }
  const isWhole = targets.every((target) => target.state === "pinned" || (target.state === "sent" && !target.reason));
  if (isWhole) return { state: "done", done };
  return { state: done > 0 ? "partly" : "failed", done };
}

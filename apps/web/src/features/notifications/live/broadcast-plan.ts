import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/broadcasts/schema.ts";

const MAX_TOPIC_ID = 2 ** 31 - 1;

/** A topic of the live group whose name is known. */
type Named = { threadId: number; name: string };

/**
 * Topics in what was typed or pasted, by their ids or names, apart by commas; ids also by spaces.
 * @returns `rest`: what is none
 */
export function readTopics(text: string, named: readonly Named[] = []): { topics: number[]; rest: string[] } {
  const topics: number[] = [];
  const rest: string[] = [];
  const isTopic = (word: string) => /^[1-9]\d{0,9}$/.test(word) && Number(word) <= MAX_TOPIC_ID;
  for (const part of text.split(/[,;\n]+/).map((one) => one.trim())) {
    const known = named.find(({ name }) => name.toLowerCase() === part.replace(/^#/, "").toLowerCase());
    if (known) topics.push(known.threadId);
    else
      for (const word of part.split(/[\s#]+/).filter(Boolean))
        if (isTopic(word)) topics.push(Number(word));
        else rest.push(word);
  }
  return { topics, rest };
}

/** How long something takes, in the largest unit that says enough. */
export function roughly(seconds: number): { unit: "now" | "seconds" | "minutes" | "hours"; count: number } {
  if (seconds < 1) return { unit: "now", count: 0 };
  if (seconds < 90) return { unit: "seconds", count: Math.ceil(seconds) };
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? { unit: "minutes", count: minutes } : { unit: "hours", count: Math.round(minutes / 6) / 10 };
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
  | "skipped"
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

/** How a broadcast stands with all of its recipients. Those who unsubscribed are not among them. */
export function broadcastState(
  broadcast: Broadcast,
  now: number,
): { state: BroadcastState; done: number; total: number } {
  const { targets, state, counts } = broadcast;
  const done = counts.sent + counts.pinned;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.skipped;
  const of = (name: BroadcastState) => ({ state: name, done, total });
  const isOpen = counts.pending > 0 || targets.some(({ finishedAt }) => !finishedAt);
  if (state === "cancelled") return of(state);
  if (isOpen) {
    if (state === "paused") return of(state);
    return of(Date.parse(broadcast.startsAt) > now ? "scheduled" : "sending");
  }
  const isWhole = done === total && !targets.some((target) => target.state === "sent" && target.reason);
  if (isWhole) return of("done");
  return of(done > 0 ? "partly" : "failed");
}

/** What can be tried again, and whether leaving out the pin changes anything. */
export function retriesOf({ kind, state, recipients, targets, counts }: Broadcast) {
  const isUnpinned = targets.some((target) => target.state === "sent" && target.reason && target.finishedAt);
  const isOver = state === "cancelled";
  const mayRetry = !isOver && (counts.failed > 0 || isUnpinned);
  return { mayRetry, withoutPin: mayRetry && counts.failed > 0 && kind === "broadcast" && recipients === "topics" };
}

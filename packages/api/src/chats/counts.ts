import type { Context } from "../context.ts";
import { Counts, Durations } from "../counts.ts";
import { perProcess } from "../per-process.ts";
import type { FinishedCall } from "./engine/port.ts";
import type { UpdateBody } from "./engine/telegram.ts";

export type RecoveryKind = "account" | "accountTooLong" | "channel" | "channelTooLong";
/** What a reader may find stored: a chat, a page of messages, contacts. */
export type CacheKind = "chat" | "messages" | "contacts";

const RECOVERIES: readonly RecoveryKind[] = ["account", "accountTooLong", "channel", "channelTooLong"];
const CACHES: readonly CacheKind[] = ["chat", "messages", "contacts"];
const SHOWN_UPDATES: readonly UpdateBody["type"][] = ["message", "edited", "deleted"];

/** What linked accounts did since the process began. */
export const countsOf = perProcess(() => ({
  calls: new Counts<"method" | "outcome">(),
  callSeconds: new Durations([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]),
  updates: new Counts<"kind">(SHOWN_UPDATES.map((kind) => ({ kind }))),
  /** From Telegram's date, in whole seconds, to the commit. */
  updateLag: new Durations([0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 3_600]),
  recoveries: new Counts<"kind">(RECOVERIES.map((kind) => ({ kind }))),
  floodWaits: 0,
  cache: new Counts<"kind" | "outcome">(
    CACHES.flatMap((kind) => ["hit", "miss"].map((outcome) => ({ kind, outcome }))),
  ),
}));

type Process = Pick<Context, "bus">;

/** For `onCall` of a connection. */
export const countCalls =
  (ctx: Process) =>
  ({ method, outcome, ms }: FinishedCall): void => {
    const counts = countsOf(ctx);
    counts.calls.add({ method, outcome });
    counts.callSeconds.observe(ms / 1_000);
    if (outcome === "flood") counts.floodWaits += 1;
  };

/** Whether what a reader asked for was stored, or Telegram had to be asked. */
export const countCache = (ctx: Process, kind: CacheKind, isHit: boolean): void =>
  countsOf(ctx).cache.add({ kind, outcome: isHit ? "hit" : "miss" });

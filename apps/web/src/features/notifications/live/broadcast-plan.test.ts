import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/broadcasts/schema.ts";
import { describe, expect, it } from "vitest";
import { broadcastState, readTopics, retriesOf, roughly, targetState } from "./broadcast-plan.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const DONE = "2026-11-28T11:59:00.000Z";

const target = (changes: Partial<BroadcastTarget>): BroadcastTarget => ({
  id: 1,
  chatId: -100,
  threadId: 3,
  state: "pending",
  reason: null,
  problem: null,
  messageId: null,
  finishedAt: null,
  ...changes,
});

function countsOf(targets: BroadcastTarget[]): Broadcast["counts"] {
  const counts = { pending: 0, sent: 0, pinned: 0, failed: 0, unknown: 0, skipped: 0, cancelled: 0 };
  for (const { state } of targets) counts[state] += 1;
  return counts;
}

const broadcast = (targets: Partial<BroadcastTarget>[], changes: Partial<Broadcast> = {}): Broadcast => ({
  id: "0199f2a4-0000-7000-8000-000000000000",
  kind: "broadcast",
  text: "Demo",
  state: "active",
  pauseReason: null,
  recipients: "topics",
  languageCode: null,
  paid: false,
  createdBy: "Agent A",
  createdAt: DONE,
  startsAt: DONE,
  counts: countsOf(targets.map(target)),
  targets: targets.map(target),
  ...changes,
});

describe("readTopics", () => {
  it("takes ids apart by commas, spaces and signs, and names what is no id", () => {
    expect(readTopics("#12, 15;7 live 0")).toEqual({ topics: [12, 15, 7], rest: ["live", "0"] });
  });

  it("takes names that are known, whatever their case", () => {
    const named = [{ threadId: 5, name: "Half time" }];
    expect(readTopics("half Time, #12, #HALF TIME, Other", named)).toEqual({ topics: [5, 12, 5], rest: ["Other"] });
  });
});

describe("roughly", () => {
  it.each([
    [0, { unit: "now", count: 0 }],
    [9, { unit: "seconds", count: 9 }],
    [120, { unit: "minutes", count: 2 }],
    [4_000, { unit: "minutes", count: 67 }],
    [9_000, { unit: "hours", count: 2.5 }],
  ])("%i s is %o", (seconds, expected) => {
    expect(roughly(seconds)).toEqual(expected);
  });
});

describe("retriesOf", () => {
  it.each<[string, Broadcast, boolean, boolean]>([
    ["what failed", broadcast([{ state: "failed", finishedAt: DONE }]), true, true],
    ["what is not pinned", broadcast([{ state: "sent", reason: "no right", finishedAt: DONE }]), true, false],
    ["nothing that may have arrived", broadcast([{ state: "unknown", finishedAt: DONE }]), false, false],
    [
      "nothing of a stopped one",
      broadcast([{ state: "failed", finishedAt: DONE }], { state: "cancelled" }),
      false,
      false,
    ],
  ])("offers %s", (_, given, mayRetry, withoutPin) => {
    expect(retriesOf(given)).toEqual({ mayRetry, withoutPin });
  });
});

describe("broadcastState", () => {
  it.each<[string, Broadcast, string]>([
    ["sending", broadcast([{ state: "pinned", finishedAt: DONE }, {}]), "sending"],
    ["scheduled", broadcast([{}], { startsAt: "2026-11-28T13:00:00.000Z" }), "scheduled"],
    ["paused", broadcast([{}], { state: "paused" }), "paused"],
    ["cancelled", broadcast([{ state: "cancelled", finishedAt: DONE }], { state: "cancelled" }), "cancelled"],
    [
      "done",
      broadcast([
        { state: "pinned", finishedAt: DONE },
        { state: "sent", finishedAt: DONE },
      ]),
      "done",
    ],
    ["partly", broadcast([{ state: "sent", reason: "no right to pin", finishedAt: DONE }]), "partly"],
    ["failed", broadcast([{ state: "failed", reason: "chat not found", finishedAt: DONE }]), "failed"],
  ])("says %s", (_, given, expected) => {
    expect(broadcastState(given, NOW).state).toBe(expected);
  });
});

describe("targetState", () => {
  it.each<[string, Partial<BroadcastTarget>, Partial<Broadcast>]>([
    ["waiting", {}, {}],
    ["paused", {}, { state: "paused" }],
    ["pinning", { state: "sent" }, {}],
    ["sent", { state: "sent", finishedAt: DONE }, {}],
    ["notPinned", { state: "sent", reason: "no right to pin", finishedAt: DONE }, {}],
    ["pinFailed", { state: "failed", finishedAt: DONE }, { kind: "pin" }],
    ["unknown", { state: "unknown", finishedAt: DONE }, {}],
  ])("says %s", (expected, given, changes) => {
    expect(targetState(target(given), broadcast([], changes), NOW)).toBe(expected);
  });
});

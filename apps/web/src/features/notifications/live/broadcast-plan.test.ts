import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/schema.ts";
import { describe, expect, it } from "vitest";
import { broadcastState, planOf, readTopics, targetState } from "./broadcast-plan.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const DONE = "2026-11-28T11:59:00.000Z";

const target = (changes: Partial<BroadcastTarget>): BroadcastTarget => ({
  id: 1,
  chatId: -100,
  threadId: 3,
  state: "pending",
  reason: null,
  messageId: null,
  finishedAt: null,
  ...changes,
});

const broadcast = (targets: Partial<BroadcastTarget>[], changes: Partial<Broadcast> = {}): Broadcast => ({
  id: "0199f2a4-0000-7000-8000-000000000000",
  kind: "broadcast",
  text: "Demo",
  state: "active",
  createdBy: "Agent A",
  createdAt: DONE,
  startsAt: DONE,
  targets: targets.map(target),
  ...changes,
});

describe("readTopics", () => {
  it("takes ids apart by commas, spaces and signs, and names what is no id", () => {
    expect(readTopics("#12, 15;7 live 0")).toEqual({ topics: [12, 15, 7], rest: ["live", "0"] });
  });
});

describe("planOf", () => {
  it.each([
    [
      { topics: 3, pin: false, unpinPrevious: true },
      { calls: 3, minutes: 0 },
    ],
    [
      { topics: 10, pin: true, unpinPrevious: false },
      { calls: 20, minutes: 0 },
    ],
    [
      { topics: 7, pin: true, unpinPrevious: true },
      { calls: 21, minutes: 1 },
    ],
    [
      { topics: 100, pin: true, unpinPrevious: true },
      { calls: 300, minutes: 14 },
    ],
  ])("of %o is %o", (plan, expected) => {
    expect(planOf(plan)).toEqual(expected);
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

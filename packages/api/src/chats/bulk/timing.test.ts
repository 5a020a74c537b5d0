import { expect, it } from "vitest";
import { limitOf } from "../agreements/settings.ts";
import { allowedAt, estimate, opensAt } from "./timing.ts";

const LIMITS = { effectiveLimit: 2, gapSeconds: 60, windowFrom: "09:00", windowTo: "20:00" };
const at = (iso: string) => new Date(`${iso}Z`);

it("a window opens by the recipient's clock, also over a change of the clocks", () => {
  expect(opensAt(LIMITS, "Asia/Tokyo", at("2026-03-10T12:00:00"))).toEqual(at("2026-03-11T00:00:00"));
  expect(opensAt(LIMITS, "Europe/Berlin", at("2026-03-10T12:00:00"))).toEqual(at("2026-03-10T12:00:00"));
  // Clocks go forward in the night before the 29th: 09:00 is 07:00 UTC then, not 08:00.
  expect(opensAt(LIMITS, "Europe/Berlin", at("2026-03-28T20:00:00"))).toEqual(at("2026-03-29T07:00:00"));
  const allDay = { ...LIMITS, windowFrom: "00:00", windowTo: "00:00" };
  expect(opensAt(allDay, "UTC", at("2026-03-10T03:00:00"))).toEqual(at("2026-03-10T03:00:00"));
});

it("the next message waits for the gap, and for the 24 hours after the oldest within the limit", () => {
  const called = [at("2026-03-10T10:00:00"), at("2026-03-10T11:00:00")];
  expect(allowedAt(LIMITS, called.slice(0, 1), at("2026-03-10T10:00:10"))).toEqual(at("2026-03-10T10:01:00"));
  expect(allowedAt(LIMITS, called, at("2026-03-10T11:30:00"))).toEqual(at("2026-03-11T10:00:00"));
  expect(allowedAt(LIMITS, [], at("2026-03-10T11:30:00"))).toEqual(at("2026-03-10T11:30:00"));
});

it("an estimate spreads over days by limit and window, behind what was approved before", () => {
  const waiting = [
    { timeZone: "UTC", count: 1, isOwn: false },
    { timeZone: "UTC", count: 2, isOwn: true },
    { timeZone: "Asia/Tokyo", count: 1, isOwn: true },
  ];
  expect(estimate(LIMITS, { called: [], waiting, now: at("2026-03-10T12:00:00") })).toEqual({
    nextAt: at("2026-03-10T12:01:00"),
    // The third own one, in Tokyo, waits for its morning.
    endsAt: at("2026-03-12T00:00:00"),
  });
  expect(estimate(LIMITS, { called: [], waiting: waiting.slice(0, 1), now: at("2026-03-10T12:00:00") })).toBeNull();
});

it("a fresh account may use less of its limit", () => {
  const now = at("2026-03-31T00:00:00");
  const limits = ["2026-03-30", "2026-03-10", "2025-03-10"].map((day) => limitOf(100, at(`${day}T00:00:00`), now));
  expect(limits).toEqual([10, 30, 100]);
  expect(limitOf(5, at("2026-03-30T00:00:00"), now)).toBe(5);
});

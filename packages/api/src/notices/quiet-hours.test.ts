import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quietUntil } from "./quiet-hours.ts";

const until = (from: string, to: string, timeZone: string, now: string) =>
  quietUntil({ from, to, timeZone }, new Date(now))?.toISOString() ?? null;

describe("quietUntil", () => {
  it.each([
    ["across midnight, before it", "22:00", "08:00", "UTC", "2026-03-10T23:30:40Z", "2026-03-11T08:00:00.000Z"],
    ["across midnight, after it", "22:00", "08:00", "UTC", "2026-03-11T07:59:59Z", "2026-03-11T08:00:00.000Z"],
    ["at the edge", "22:00", "08:00", "UTC", "2026-03-11T08:00:00Z", null],
    ["within a day", "12:00", "13:30", "Asia/Kolkata", "2026-03-10T07:00:00Z", "2026-03-10T08:00:00.000Z"],
    ["outside", "12:00", "13:30", "Asia/Kolkata", "2026-03-10T12:15:00Z", null],
    ["from and to alike", "09:00", "09:00", "UTC", "2026-03-10T09:00:00Z", null],
    // 02:00 becomes 03:00 at 01:00 UTC.
    ["spring forward, a night", "22:00", "08:00", "Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00.000Z"],
    [
      "spring forward, an end that is skipped",
      "22:00",
      "02:30",
      "Europe/Berlin",
      "2026-03-29T00:30:00Z",
      "2026-03-29T01:00:00.000Z",
    ],
    // 03:00 becomes 02:00 at 01:00 UTC.
    ["autumn back, a night", "22:00", "08:00", "Europe/Berlin", "2026-10-24T21:00:00Z", "2026-10-25T07:00:00.000Z"],
    [
      "autumn back, the first of two ends",
      "22:00",
      "02:30",
      "Europe/Berlin",
      "2026-10-24T23:00:00Z",
      "2026-10-25T00:30:00.000Z",
    ],
    [
      "autumn back, the hour that comes twice",
      "22:00",
      "02:30",
      "Europe/Berlin",
      "2026-10-25T01:10:00Z",
      "2026-10-25T01:30:00.000Z",
    ],
    [
      "autumn back, an end after both",
      "02:00",
      "03:00",
      "Europe/Berlin",
      "2026-10-25T00:15:00Z",
      "2026-10-25T02:00:00.000Z",
    ],
    [
      "a change of half an hour",
      "22:00",
      "02:15",
      "Australia/Lord_Howe",
      "2026-10-03T15:20:00Z",
      "2026-10-03T15:30:00.000Z",
    ],
  ])("%s", (_, from, to, zone, now, expected) => {
    expect(until(from, to, zone, now)).toBe(expected);
  });

  it("names the first moment that is not quiet, whatever the clocks do", () => {
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
    const clock = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));
    const change = fc.constantFrom("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04");
    const minute = fc.tuple(change, fc.integer({ min: -1_440, max: 2_880 }));
    fc.assert(
      fc.property(fc.constantFrom(...zones), clock, clock, minute, (timeZone, from, to, [day, offset]) => {
        const hours = { from, to, timeZone };
        const now = new Date(Date.parse(`${day}T00:00:00Z`) + offset * 60_000);
        const edge = quietUntil(hours, now);
        if (!edge) return;
        expect(quietUntil(hours, edge)).toBeNull();
        for (let at = now.getTime(); at < edge.getTime(); at += 60_000 * 7)
          expect(quietUntil(hours, new Date(at))).toEqual(edge);
        expect(quietUntil(hours, new Date(edge.getTime() - 60_000))).toEqual(edge);
      }),
      { numRuns: 200 },
    );
  });
});

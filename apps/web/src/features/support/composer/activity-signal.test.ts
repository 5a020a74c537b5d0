import type { Activity } from "@pult/api/support/schema.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ActivitySignal } from "./activity-signal.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const told: (Activity | null)[] = [];
  const signal = new ActivitySignal((activity) => told.push(activity));
  signal.setLooking(true);
  return { told, signal };
}

describe("ActivitySignal", () => {
  it("says viewing, typing, and drafting when the draft rests", () => {
    const { told, signal } = setUp();
    signal.setDraft(true);
    signal.typed();
    signal.typed();
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual(["viewing", "drafting", "typing", "drafting"]);
  });

  it("says it again every ten seconds, for as long as it is so", () => {
    const { told, signal } = setUp();
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual(["viewing", "viewing", "viewing", "viewing"]);
    signal.leave();
    vi.advanceTimersByTime(60_000);
    expect(told.slice(4)).toEqual([null]);
  });

  it("goes back to viewing when what was written is sent or deleted", () => {
    const { told, signal } = setUp();
    signal.setDraft(true);
    signal.typed();
    signal.setDraft(false);
    signal.stopped();
    expect(told.at(-1)).toBe("viewing");
  });

  it("leaves with the page out of view, unless a draft is left behind", () => {
    const { told, signal } = setUp();
    signal.setLooking(false);
    expect(told.at(-1)).toBeNull();
    signal.setDraft(true);
    signal.setLooking(true);
    signal.setLooking(false);
    expect(told.at(-1)).toBe("drafting");
  });

  it("says nothing twice", () => {
    const { told, signal } = setUp();
    signal.setLooking(true);
    signal.setDraft(false);
    signal.stopped();
    expect(told).toEqual(["viewing"]);
    signal.leave();
    signal.leave();
    expect(told).toEqual(["viewing", null]);
  });
});

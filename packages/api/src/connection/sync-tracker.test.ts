import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { covers, SILENCE_MS, type SyncState, SyncTracker } from "./sync-tracker.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const standings: SyncState[] = [];
  let silences = 0;
  const proof = new SyncTracker({ onChange: (standing) => standings.push(standing), onSilence: () => silences++ });
  return { proof, standings, silences: () => silences };
}

describe("SyncTracker", () => {
  it("is current at its first position, and stays so while events come", () => {
    const { proof, standings } = setUp();
    proof.read({ type: "position", id: "e:3", recovered: true });
    proof.read({ type: "event", id: "e:4" });
    proof.read({ type: "heartbeat", head: "e:4" });
    expect(standings).toEqual(["current"]);
  });

  it("is behind when the head is further, until a heartbeat it reaches", () => {
    const { proof, standings } = setUp();
    proof.read({ type: "position", id: "e:3", recovered: true });
    proof.read({ type: "heartbeat", head: "e:5" });
    proof.read({ type: "event", id: "e:5" });
    proof.read({ type: "heartbeat", head: "e:5" });
    expect(standings).toEqual(["current", "behind", "current"]);
  });

  it("is behind when it was made to begin elsewhere than where it stood", () => {
    const { proof, standings } = setUp();
    proof.read({ type: "position", id: "e:3", recovered: true });
    proof.reopen();
    proof.read({ type: "position", id: "e:9", recovered: true });
    expect(standings).toEqual(["current", "open", "behind"]);
  });

  it("takes a snapshot for what it is: current", () => {
    const { proof, standings } = setUp();
    proof.read({ type: "position", id: "e:3", recovered: true });
    proof.reopen();
    proof.read({ type: "position", id: "f:9", recovered: false });
    expect(standings).toEqual(["current", "open", "current"]);
  });

  it("says once per time that 40 s have passed without a word", () => {
    const { proof, silences } = setUp();
    vi.advanceTimersByTime(SILENCE_MS * 2);
    expect(silences()).toBe(0);
    proof.read({ type: "position", id: "e:3", recovered: true });
    vi.advanceTimersByTime(25_000);
    proof.read({ type: "heartbeat", head: "e:3" });
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(silences()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(silences()).toBe(1);
    proof.stop();
    vi.advanceTimersByTime(SILENCE_MS * 2);
    expect(silences()).toBe(1);
  });

  it("compares heads within an epoch only", () => {
    expect(covers("e:10", "e:9")).toBe(true);
    expect(covers("e:9", "e:10")).toBe(false);
    expect(covers("e:9", "f:1")).toBe(false);
  });
});

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

type Step = Parameters<SyncTracker["read"]>[0] | "reopen";
const position = (id: string, recovered = true): Step => ({ type: "position", id, recovered });
const event = (id: string): Step => ({ type: "event", id });
const beat = (head: string): Step => ({ type: "heartbeat", head });
const AT_3 = position("e:3");

describe("SyncTracker", () => {
  it.each<[string, Step[], SyncState[]]>([
    [
      "is current at its first position, and stays so while events come",
      [AT_3, event("e:4"), beat("e:4")],
      ["current"],
    ],
    [
      "is behind when the head is further, until a heartbeat it reaches",
      [AT_3, beat("e:5"), event("e:5"), beat("e:5")],
      ["current", "behind", "current"],
    ],
    [
      "is behind when it was made to begin elsewhere than where it stood",
      [AT_3, "reopen", position("e:9")],
      ["current", "open", "behind"],
    ],
    [
      "takes a snapshot for what it is: current",
      [AT_3, "reopen", position("f:9", false)],
      ["current", "open", "current"],
    ],
  ])("%s", (_, steps, states) => {
    const { proof, standings } = setUp();
    for (const step of steps) step === "reopen" ? proof.reopen() : proof.read(step);
    expect(standings).toEqual(states);
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

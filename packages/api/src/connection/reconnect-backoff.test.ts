import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BackoffClosedError, ReconnectBackoff } from "./reconnect-backoff.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const gateOf = () => new ReconnectBackoff({ retryCapMs: 8_000, random: () => 1 });

/** How long the next attempt is held back. */
async function waitOf(gate: ReconnectBackoff): Promise<number> {
  const from = Date.now();
  let at: number | null = null;
  void gate.pass().then(() => {
    at = Date.now();
  });
  for (let steps = 0; at === null && steps < 1_000; steps++) await vi.advanceTimersByTimeAsync(steps === 0 ? 0 : 50);
  return (at ?? Number.POSITIVE_INFINITY) - from;
}

describe("ReconnectBackoff", () => {
  it("lets the first attempt through at once and makes each next wait longer, up to the cap", async () => {
    const gate = gateOf();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) waits.push(await waitOf(gate));
    expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  });

  it("spreads what comes back after it stood", async () => {
    const gate = gateOf();
    await waitOf(gate);
    gate.succeeded();
    expect(await waitOf(gate)).toBe(500);
  });

  it("ends a wait at once when released, and starts the waits anew", async () => {
    const gate = gateOf();
    for (let attempt = 0; attempt < 5; attempt++) await waitOf(gate);
    const passed = gate.pass();
    expect(gate.isWaiting).toBe(true);
    gate.release();
    await passed;
    expect(gate.isWaiting).toBe(false);
    expect(await waitOf(gate)).toBe(0);
  });

  it("does not hurry an attempt that comes long after the release", async () => {
    const gate = gateOf();
    await waitOf(gate);
    gate.succeeded();
    gate.release();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await waitOf(gate)).toBe(500);
  });

  it("tries seldom while there is no network, and at once when it is back", async () => {
    const gate = gateOf();
    gate.setOffline(true);
    expect(await waitOf(gate)).toBe(30_000);
    const passed = gate.pass();
    gate.setOffline(false);
    await passed;
  });

  it("gives up who waits, and who comes, once it is closed", async () => {
    const gate = gateOf();
    await waitOf(gate);
    const waiting = expect(gate.pass()).rejects.toThrow(BackoffClosedError);
    gate.close();
    await waiting;
    await expect(gate.pass()).rejects.toThrow(BackoffClosedError);
  });
});

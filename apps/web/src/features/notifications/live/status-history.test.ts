import type { BotStatus } from "@pult/api/notifications/schema.ts";
import { describe, expect, it } from "vitest";
import { addSample, type Sample, SPAN_MS, sparkline, withHistory } from "./status-history.ts";

const status = (activeUsers: number): BotStatus => ({
  running: true,
  uptime: 1,
  activeUsers,
  messagesProcessed: 0,
  alertsSent: 0,
  sessionPnL: 0,
  sessionTrades: 0,
  lastTrade: null,
});

describe("addSample", () => {
  it("keeps the newest sample of each step", () => {
    let samples: Sample[] = [];
    for (const [at, users] of [
      [0, 1],
      [1_000, 2],
      [15_000, 3],
    ] as const)
      samples = addSample(samples, status(users), at);
    expect(samples.map(({ status: { activeUsers } }) => activeUsers)).toEqual([2, 3]);
  });

  it("drops what is older than the span", () => {
    const samples = addSample(addSample([], status(1), 0), status(2), SPAN_MS);
    expect(samples.map(({ at }) => at)).toEqual([SPAN_MS]);
  });
});

it("begins with what the server has written down, up to what was heard", () => {
  const written = [0, 60_000].map((at) => ({
    at: new Date(at).toISOString(),
    ...{ running: true, connected: 7, messages: 1, alerts: 1, profit: 1, deliveryMs: null },
  }));
  const samples = withHistory(addSample([], status(3), 30_000), written);
  expect(samples.map(({ at, status: { activeUsers } }) => [at, activeUsers])).toEqual([
    [0, 7],
    [30_000, 3],
  ]);
});

describe("sparkline", () => {
  it("goes from the foot to the top as the value rises", () => {
    const points = [
      { at: 0, value: 10 },
      { at: 60_000, value: 20 },
    ];
    expect(sparkline(points, 120, 24)).toBe("M0 23L120 1");
  });

  it("draws less than a minute at the right, and a value that stays at the foot", () => {
    const points = [
      { at: 0, value: 5 },
      { at: 30_000, value: 5 },
    ];
    expect(sparkline(points, 120, 24)).toBe("M60 23L120 23");
  });

  it("draws nothing from one point", () => {
    expect(sparkline([{ at: 0, value: 1 }], 120, 24)).toBe("");
  });
});

import { beforeEach, expect, it, vi } from "vitest";

let connection: typeof import("./connection.ts");

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  connection = await import("./connection.ts");
});

const phase = () => connection.getConnection().phase;

it("is connecting until the log is followed, and offline only when that takes long", () => {
  connection.setConnectionPhase("offline");
  expect(phase()).toBe("connecting");
  vi.advanceTimersByTime(5_000);
  expect(phase()).toBe("offline");
  connection.setConnectionPhase("catchingUp");
  expect(phase()).toBe("catchingUp");
  connection.setConnectionPhase("live");
  expect(phase()).toBe("live");
});

it("does not trouble anybody with a short cut", () => {
  const heard = vi.fn();
  connection.setConnectionPhase("live");
  connection.subscribeConnection(heard);
  connection.setConnectionPhase("offline");
  vi.advanceTimersByTime(1_000);
  connection.setConnectionPhase("catchingUp");
  connection.setConnectionPhase("live");
  vi.advanceTimersByTime(10_000);
  expect(heard).not.toHaveBeenCalled();
});

it("counts the time offline from the cut, not from when it was shown", () => {
  connection.setConnectionPhase("live");
  const cutAt = Date.now();
  connection.setConnectionPhase("offline");
  vi.advanceTimersByTime(60_000);
  expect(connection.getConnection()).toEqual({ phase: "offline", since: cutAt });
});

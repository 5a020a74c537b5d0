import type { ConnectionStatus, LiveState } from "@pult/api/connection/connection.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Phase, showPhase } from "./phase.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  let status: ConnectionStatus = { state: "offline", since: 0 };
  let listener = () => {};
  const network = { isOnline: true };
  const shown: Phase[] = [];
  const stop = showPhase(
    {
      get: () => status,
      subscribe(changed) {
        listener = () => changed(status);
        return () => {
          listener = () => {};
        };
      },
    },
    (phase) => shown.push(phase),
    () => network.isOnline,
  );
  const become = (state: LiveState) => {
    status = { state, since: Date.now() };
    listener();
  };
  return { become, network, shown, stop, phases: () => shown.map(({ phase }) => phase) };
}

it("is connecting until the logs are followed, and offline only when that takes long", () => {
  const { become, phases } = setUp();
  vi.advanceTimersByTime(4_999);
  expect(phases()).toEqual([]);
  vi.advanceTimersByTime(1);
  become("catchingUp");
  become("live");
  expect(phases()).toEqual(["offline", "catchingUp", "live"]);
});

it("does not show a short cut", () => {
  const { become, shown } = setUp();
  become("live");
  shown.length = 0;
  become("offline");
  vi.advanceTimersByTime(1_000);
  become("catchingUp");
  become("live");
  vi.advanceTimersByTime(10_000);
  expect(shown).toEqual([]);
});

it("shows offline once a cut has lasted, and keeps it through failed attempts", () => {
  const { become, phases } = setUp();
  become("live");
  become("offline");
  vi.advanceTimersByTime(1_200);
  become("catchingUp");
  become("offline");
  become("live");
  expect(phases()).toEqual(["live", "offline", "catchingUp", "offline", "live"]);
});

it("counts the time offline from the cut, not from when it was shown", () => {
  const { become, shown } = setUp();
  become("live");
  const cutAt = Date.now();
  become("offline");
  vi.advanceTimersByTime(60_000);
  expect(shown.at(-1)).toEqual({ phase: "offline", since: cutAt });
});

it("is offline without delay when the browser says that there is no network", () => {
  const { become, network, phases } = setUp();
  become("live");
  network.isOnline = false;
  become("offline");
  expect(phases()).toEqual(["live", "offline"]);
});

it("says nothing more once it was stopped", () => {
  const { become, shown, stop } = setUp();
  become("live");
  become("offline");
  stop();
  vi.advanceTimersByTime(10_000);
  expect(shown).toHaveLength(1);
});

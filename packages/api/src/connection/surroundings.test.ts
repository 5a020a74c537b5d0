import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchSurroundings } from "./surroundings.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function source() {
  const listeners = new Map<string, (event: { persisted?: boolean }) => void>();
  return {
    listeners,
    addEventListener: (type: string, listener: (event: { persisted?: boolean }) => void) =>
      void listeners.set(type, listener),
    removeEventListener: (type: string) => void listeners.delete(type),
    fire: (type: string, event = {}) => listeners.get(type)?.(event),
  };
}

function setUp() {
  const heard: string[] = [];
  const document = Object.assign(source(), { visibilityState: "hidden" });
  const connection = source();
  const page = source();
  const stop = watchSurroundings(
    { wake: () => heard.push("wake"), network: (isOnline) => heard.push(isOnline ? "online" : "offline") },
    Object.assign(page, { document, navigator: { connection } }),
  );
  return { heard, document, connection, page, stop };
}

describe("watchSurroundings", () => {
  it("hears the network come and go, the page come back and the kind of network change", () => {
    const { heard, document, connection, page } = setUp();
    page.fire("offline");
    page.fire("online");
    document.fire("visibilitychange");
    document.visibilityState = "visible";
    document.fire("visibilitychange");
    page.fire("pageshow", { persisted: false });
    page.fire("pageshow", { persisted: true });
    connection.fire("change");
    expect(heard).toEqual(["offline", "online", "wake", "wake", "wake"]);
  });

  it("notices a sleep by the clock, and no sleep where there was none", () => {
    const { heard } = setUp();
    vi.advanceTimersByTime(60_000);
    expect(heard).toEqual([]);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(["wake"]);
  });

  it("leaves nothing behind", () => {
    const { heard, document, connection, page, stop } = setUp();
    stop();
    expect([page, document, connection].map((one) => one.listeners.size)).toEqual([0, 0, 0]);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(heard).toEqual([]);
  });

  it("asks nothing of a runtime without a page", () => {
    watchSurroundings({ wake() {}, network() {} }, {})();
  });
});

import { expect, it } from "vitest";
import { describeBus } from "../testing/contracts/bus.ts";
import { createMemoryBus } from "./memory-bus.ts";

describeBus("memory", async () => {
  const failures: unknown[] = [];
  const bus = createMemoryBus((error) => failures.push(error));
  return {
    here: bus,
    there: bus,
    failures: () => failures,
    settled: () => Promise.resolve(),
  };
});

it("createMemoryBus refuses a newest value that no client could be told", () => {
  expect(() => createMemoryBus().publishLatest("a", undefined)).toThrow(TypeError);
});

it("createMemoryBus is alone, and has nothing to miss", () => {
  const bus = createMemoryBus();
  let gaps = 0;
  const stop = bus.onGap(() => void gaps++);
  bus.subscribeLog("a", () => {});
  bus.publishLog("a", [{ epoch: "e", offset: 1, payload: null }]);
  stop();
  expect([bus.state, gaps]).toEqual(["alone", 0]);
});

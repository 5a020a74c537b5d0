import { expect, it } from "vitest";
import { createMemoryBus } from "./memory-bus.ts";

const entry = (offset: number) => ({ epoch: "e", offset, payload: null });

it("createMemoryBus gives every listener of a topic its entries in order, and nobody else's", () => {
  const bus = createMemoryBus();
  const heard: string[] = [];
  bus.subscribeLog("a", ({ offset }) => heard.push(`one ${offset}`));
  bus.subscribeLog("a", ({ offset }) => heard.push(`two ${offset}`));
  bus.subscribeLog("b", ({ offset }) => heard.push(`other ${offset}`));
  bus.publishLog("a", [entry(1), entry(2)]);
  expect(heard).toEqual(["one 1", "two 1", "one 2", "two 2"]);
});

it("createMemoryBus keeps a listener's failure from the others and reports it", () => {
  const failures: unknown[] = [];
  const bus = createMemoryBus((error) => failures.push(error));
  const heard: unknown[] = [];
  const broken = new Error("broken");
  bus.subscribeLatest("a", () => {
    throw broken;
  });
  bus.subscribeLatest("a", (value) => heard.push(value));
  bus.publishLatest("a", 1);
  expect(heard).toEqual([1]);
  expect(failures).toEqual([broken]);
});

it("createMemoryBus lets the same function listen twice, and each leave on its own and twice", () => {
  const bus = createMemoryBus();
  let heard = 0;
  const listener = () => void heard++;
  const leaveOne = bus.subscribeLatest("a", listener);
  bus.subscribeLatest("a", listener);
  leaveOne();
  leaveOne();
  bus.publishLatest("a", 1);
  expect(heard).toBe(1);
});

it("createMemoryBus survives listeners that leave and come while it publishes", () => {
  const bus = createMemoryBus();
  const heard: string[] = [];
  const leave = bus.subscribeLatest("a", () => {
    heard.push("first");
    leave();
  });
  bus.subscribeLatest("a", () => heard.push("second"));
  bus.publishLatest("a", 1);
  bus.publishLatest("a", 2);
  expect(heard).toEqual(["first", "second", "second"]);
});

import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Bus, LogEntry } from "../../realtime/bus.ts";
import { type ContractTest, contractOf } from "./contract.ts";

/** Two ends of one bus: what is published at one is heard at both. On a single node they are the same. */
export interface BusPeer extends Partial<AsyncDisposable> {
  here: Bus;
  there: Bus;
  /** Listeners that threw, at either end. */
  failures(): unknown[];
  /** Resolves when every subscription made so far is in force and everything published so far was heard. */
  settled(): Promise<void>;
}

/** What every bus must do. @param start a fresh one for each test */
export function describeBus(name: string, start: () => Promise<BusPeer>): void {
  describe(`bus contract: ${name}`, () => {
    const it = contractOf(start);
    describeDelivery(it);
    describeListeners(it);
    describeChurn(it);
  });
}

const entry = (offset: number, payload: unknown = null): LogEntry => ({ epoch: "e", offset, payload });

function describeDelivery(it: ContractTest<BusPeer>): void {
  it("is heard at once where it was published, and once", async ({ peer: { here, settled } }) => {
    const heard: unknown[] = [];
    here.subscribeLog("a", (one) => heard.push(one));
    here.subscribeLatest("a", (value) => heard.push(value));
    await settled();
    here.publishLog("a", [entry(1), entry(2)]);
    here.publishLatest("a", "now");
    expect(heard).toEqual([entry(1), entry(2), "now"]);
    await settled();
    expect(heard).toHaveLength(3);
  });

  it("gives every listener its topic's entries once and in order", async ({ peer: { here, there, settled } }) => {
    const heard: string[] = [];
    there.subscribeLog("a", ({ offset }) => heard.push(`one ${offset}`));
    there.subscribeLog("a", ({ offset }) => heard.push(`two ${offset}`));
    there.subscribeLog("b", ({ offset }) => heard.push(`other ${offset}`));
    there.subscribeLatest("a", () => heard.push("latest"));
    await settled();
    for (let offset = 1; offset <= 200; offset += 2) here.publishLog("a", [entry(offset), entry(offset + 1)]);
    await settled();
    const expected = Array.from({ length: 200 }, (_, index) => [`one ${index + 1}`, `two ${index + 1}`]).flat();
    expect(heard).toEqual(expected);
  });

  it("carries any JSON and any topic name as they are", async ({ peer: { here, there, settled } }) => {
    const names = ["room:1", "комната:🙂", "a b", "*", "[x]?"];
    const values = [
      null,
      0,
      "",
      "line\nbreak \u2028 🙂 \ud800",
      [1, { deep: [true, "ё"] }],
      { __proto__: null, a: 1.5 },
    ];
    const heard: unknown[] = [];
    for (const name of names) {
      there.subscribeLatest(name, (value) => heard.push([name, value]));
      there.subscribeLog(name, ({ payload, epoch, offset }) => heard.push([name, epoch, offset, payload]));
    }
    await settled();
    const expected: unknown[] = [];
    for (const name of names) {
      for (const value of values) {
        here.publishLatest(name, value);
        here.publishLog(name, [entry(7, value)]);
        expected.push([name, value], [name, "e", 7, value]);
      }
    }
    await settled();
    const sorted = (list: unknown[]) => list.map((one) => JSON.stringify(one)).sort();
    expect(sorted(heard)).toEqual(sorted(expected));
  });

  it("is not away", ({ peer }) => {
    expect(["alone", "connected"]).toContain(peer.here.state);
  });
}

function describeListeners(it: ContractTest<BusPeer>): void {
  it("reports a listener's failure, not to the others", async ({ peer: { here, there, failures, settled } }) => {
    const broken = new Error("broken");
    const heard: unknown[] = [];
    there.subscribeLatest("a", () => {
      throw broken;
    });
    there.subscribeLatest("a", (value) => heard.push(value));
    await settled();
    here.publishLatest("a", 1);
    await settled();
    expect(heard).toEqual([1]);
    expect(failures()).toEqual([broken]);
  });

  it("lets a function listen twice, and each leave on its own", async ({ peer: { here, there, settled } }) => {
    let heard = 0;
    const listener = () => void heard++;
    const leaveOne = there.subscribeLatest("a", listener);
    const leaveOther = there.subscribeLatest("a", listener);
    await settled();
    leaveOne();
    leaveOne();
    here.publishLatest("a", 1);
    await settled();
    expect(heard).toBe(1);
    leaveOther();
    here.publishLatest("a", 2);
    await settled();
    expect(heard).toBe(1);
  });

  it("survives listeners that leave and come while it publishes", ({ peer: { here } }) => {
    const heard: string[] = [];
    const leave = here.subscribeLatest("a", () => {
      heard.push("first");
      leave();
      if (heard.length < 3) here.subscribeLatest("a", () => heard.push("late"));
    });
    here.subscribeLatest("a", () => heard.push("second"));
    here.publishLatest("a", 1);
    expect(heard.filter((one) => one !== "late")).toEqual(["first", "second"]);
    heard.length = 0;
    here.publishLatest("a", 2);
    expect(heard).toEqual(["second", "late"]);
  });
}

type Step = { topic: string; join: boolean; wait: boolean };

function describeChurn(it: ContractTest<BusPeer>): void {
  it("delivers to those who listen in the end, however they joined", async ({ peer: { here, there, settled } }) => {
    const step = fc.record({ topic: fc.constantFrom("a", "b", "c"), join: fc.boolean(), wait: fc.boolean() });
    let round = 0;
    const run = async (steps: Step[]) => {
      round += 1;
      const name = (topic: string) => `churn ${round} ${topic}`;
      const heard = new Map<string, number>();
      const leaves = new Map<string, (() => void)[]>();
      for (const { topic, join, wait } of steps) {
        const list = leaves.get(topic) ?? [];
        leaves.set(topic, list);
        const count = () => void heard.set(topic, (heard.get(topic) ?? 0) + 1);
        if (join) list.push(there.subscribeLog(name(topic), count));
        else list.shift()?.();
        if (wait) await new Promise((resolve) => setImmediate(resolve));
      }
      await settled();
      for (const topic of ["a", "b", "c"]) here.publishLog(name(topic), [entry(1)]);
      await settled();
      for (const topic of ["a", "b", "c"]) expect(heard.get(topic) ?? 0).toBe(leaves.get(topic)?.length ?? 0);
      for (const leave of [...leaves.values()].flat()) leave();
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), run), { numRuns: 100 });
  });
}

import { describe, expect, it } from "vitest";
import { NumberLedger, numberedText, OffsetLedger, readNumber, TopicTruth } from "./ledger.ts";

const numbers = (...sequence: number[]) => {
  const ledger = new NumberLedger();
  for (const number of sequence) ledger.deliver({ writer: "w", number });
  return ledger;
};

describe("NumberLedger", () => {
  it("finds nothing where every number came once and in order", () => {
    const ledger = numbers(1, 2, 3);
    expect([ledger.problems, ledger.counts]).toEqual([[], { delivered: 3, repeated: 0, disordered: 0 }]);
  });

  it("finds what is missing in the middle and at the end", () => {
    expect(numbers(1, 4).lost("w", 6)).toEqual([2, 3, 5, 6]);
    expect(numbers().lost("w", 2)).toEqual([1, 2]);
  });

  it("tells a repeat from a disorder", () => {
    expect(numbers(1, 2, 2).counts).toMatchObject({ repeated: 1, disordered: 0 });
    expect(numbers(1, 3, 2).counts).toMatchObject({ repeated: 0, disordered: 1 });
  });

  it("a snapshot of the newest alone excuses what was not told before it, once", () => {
    const ledger = numbers(1, 4);
    ledger.replaceUpTo([{ writer: "w", number: 6 }]);
    expect(ledger.lost("w", 7)).toEqual([7]);
    for (const number of [5, 6, 7]) ledger.deliver({ writer: "w", number });
    expect(ledger.counts.repeated).toBe(0);
    ledger.deliver({ writer: "w", number: 4 });
    expect(ledger.counts.repeated).toBe(1);
  });

  it("a snapshot excuses what was stored before it, once, and nothing after it", () => {
    const ledger = numbers(1, 4);
    ledger.replace([{ writer: "w", number: 9 }], new Map([["w", 9]]));
    expect(ledger.lost("w", 9)).toEqual([]);
    ledger.deliver({ writer: "w", number: 9 });
    expect(ledger.counts.repeated).toBe(0);
    ledger.deliver({ writer: "w", number: 9 });
    expect(ledger.counts.repeated).toBe(1);
    ledger.deliver({ writer: "w", number: 11 });
    expect(ledger.lost("w", 11)).toEqual([10]);
  });
});

describe("OffsetLedger", () => {
  const offsets = (...steps: string[]) => {
    const ledger = new OffsetLedger();
    for (const step of steps) step.startsWith("@") ? ledger.position(step.slice(1)) : ledger.event(step);
    return ledger;
  };

  it("accepts one after the other from a position, and a replay that a position announced", () => {
    expect(offsets("@e:3", "e:4", "e:5", "@e:4", "e:5", "e:6").problems).toEqual([]);
    expect(offsets("@e:3", "e:4", "e:5", "@e:4", "e:6").problems).toEqual([]);
    expect(offsets("@e:3", "@f:0", "f:1").problems).toEqual([]);
  });

  it("finds gaps, repeats, another epoch, and events before any position", () => {
    expect(offsets("@e:3", "e:6").counts).toEqual({ missed: 2, repeated: 0 });
    expect(offsets("@e:3", "e:4", "e:4").counts).toEqual({ missed: 0, repeated: 1 });
    expect(offsets("@e:3", "e:3").counts).toEqual({ missed: 0, repeated: 1 });
    expect(offsets("@e:3", "f:4").problems).toEqual(["f:4 came after e:3"]);
    expect(offsets("e:1").problems).toEqual(["e:1 came before any position"]);
  });
});

it("TopicTruth holds all readers to the same", () => {
  const truth = new TopicTruth();
  expect([truth.agrees("e:1", "a"), truth.agrees("e:1", "a"), truth.agrees("e:1", "b")]).toEqual([true, true, false]);
});

it("a number survives its text", () => {
  expect(readNumber(numberedText({ writer: "user-1-agent", number: 12 }))).toEqual({
    writer: "user-1-agent",
    number: 12,
  });
  expect(readNumber("Good morning")).toBeNull();
});

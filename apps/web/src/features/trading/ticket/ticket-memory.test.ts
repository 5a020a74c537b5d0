import { expect, it } from "vitest";
import { recall, remember } from "./ticket-memory.ts";

function createStorage(kept: Record<string, string> = {}) {
  const items = new Map(Object.entries(kept));
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

it("remembers amounts in their room, and slippage in every room", () => {
  const storage = createStorage();
  expect(recall("a", storage)).toEqual({ buy: null, sellPercent: null, slippageBps: 100 });
  remember("a", { buy: "500000000", sellPercent: 50, slippageBps: 300 }, storage);
  expect(recall("a", storage)).toEqual({ buy: "500000000", sellPercent: 50, slippageBps: 300 });
  expect(recall("b", storage)).toEqual({ buy: null, sellPercent: null, slippageBps: 300 });
});

it("takes nothing that is not a choice", () => {
  const kept = { buy: "1e9", sellPercent: 33, slippageBps: 9_999 };
  const first = { buy: null, sellPercent: null, slippageBps: 100 };
  expect(recall("a", createStorage({ "pult.rooms.ticket.a": JSON.stringify(kept) }))).toEqual(first);
  expect(recall("a", createStorage({ "pult.rooms.ticket.a": "{" }))).toEqual(first);
});

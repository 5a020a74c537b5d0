import type { ChatMessage, RoomEvent } from "@pult/api/trading/schema.ts";
import { expect, it } from "vitest";
import { at, buy, tradesOf } from "./testing.ts";
import { beginTimeline, linesOf, missingOf, withHeard } from "./timeline.ts";

const message = (id: number, seconds: number): ChatMessage => ({
  ...{ id, traderId: "t", userId: "t", name: "T", text: `Message ${id}` },
  at: at(seconds),
});
const said = (id: number, seconds: number): RoomEvent => ({ type: "messageSent", message: message(id, seconds) });
const keysOf = (timeline: Parameters<typeof linesOf>[0]) => linesOf(timeline).map(({ key }) => key);

it("lays messages and trades into one order, and goes on as the log tells", () => {
  const trades = tradesOf([buy(1), buy(1)]);
  const begun = beginTimeline([message(7, 0.5), message(8, 3)], trades);
  const joined: RoomEvent = { type: "joined", traderId: "x", userId: "x", name: null, at: at(2) };
  const heard = withHeard(withHeard(begun, joined, "1:5"), said(9, 2), "1:6");
  expect(keysOf(heard)).toEqual(["trade 1", "message 7", "trade 2", "message 8", "event 1:5", "message 9"]);
  expect(missingOf(heard)).toEqual([]);
});

it("shows a line once, however it was heard of", () => {
  const [trade] = tradesOf([buy(1)]);
  if (!trade) throw new Error("No trade");
  const begun = beginTimeline([message(7, 1)], [trade]);
  const again = [said(7, 1), said(8, 2), said(8, 2)].reduce((all, event, index) => withHeard(all, event, `${index}`), {
    ...withHeard(begun, { type: "traded", trade, status: "open" }, "x"),
  });
  expect(keysOf(again)).toEqual(["trade 1", "message 7", "message 8"]);
});

it("shows nothing from before the time that both kinds are known from", () => {
  const messages = Array.from({ length: 50 }, (_, index) => message(101 + index, 100 + index));
  const trades = tradesOf([buy(0.1), buy(0.1), buy(0.1)]);
  const begun = beginTimeline(messages, trades);
  expect(begun).toMatchObject({ messagesBefore: "101", tradesBefore: null });
  expect(keysOf(begun)[0]).toBe("message 101");
  expect(missingOf(begun)).toEqual(["messages"]);
  const read = { ...begun, messages: [message(100, 1), ...messages], messagesBefore: null };
  expect(keysOf(read).slice(0, 3)).toEqual(["trade 1", "message 100", "trade 2"]);
});

it("lets the oldest lines go in a long evening, and knows where to read them again", () => {
  const begun = beginTimeline([message(1, 0)], []);
  const heard = Array.from({ length: 401 }, (_, index) => said(index + 2, index)).reduce(
    (all, event, index) => withHeard(all, event, `${index}`),
    begun,
  );
  expect(linesOf(heard)).toHaveLength(200);
  expect(heard.messagesBefore).toBe("203");
  expect(keysOf(heard)[0]).toBe("message 203");
  expect(missingOf(heard)).toEqual(["messages"]);
});

import type { ChatMessage, RoomEvent } from "@pult/api/trading/schema.ts";
import { expect, it } from "vitest";
import { at, buy, newRoom, tradesOf } from "./testing.ts";
import { beginTimeline, type Timeline, withHeard, withOlder } from "./timeline.ts";

const message = (id: number, seconds: number): ChatMessage => ({
  ...{ id, traderId: "t", userId: "t", name: "T", text: `Message ${id}` },
  at: at(seconds),
});
const said = (id: number, seconds: number): RoomEvent => ({ type: "messageSent", message: message(id, seconds) });
const spoke = (id: string, seconds: number) =>
  ({ type: "spoke", id, traderId: "x", userId: "x", name: null, text: "Hello", at: at(seconds) }) as const;
const keysOf = ({ lines }: Timeline) => lines.map(({ key }) => key);

it("lays messages, trades and spoken words into one order, the same as they were heard in", () => {
  const trades = tradesOf([buy(1), buy(1)]);
  const room = newRoom({ messages: [message(7, 0.5), message(8, 3)], trades, spoken: [spoke("a", 0.7)] });
  const joined: RoomEvent = { type: "joined", traderId: "x", userId: "x", name: null, at: at(4) };
  const later = [joined, said(9, 5), spoke("b", 6)];
  const heard = later.reduce((all, event, index) => withHeard(all, event, `e:${index}`), beginTimeline(room));
  const keys = ["traded 1", "messageSent 7", "spoke a", "traded 2", "messageSent 8"];
  expect(keysOf(heard)).toEqual([...keys, "event e:0", "messageSent 9", "spoke b"]);
  expect(heard.before).toBeNull();
  const reloaded = beginTimeline({
    ...room,
    messages: [...room.messages, message(9, 5)],
    spoken: [spoke("a", 0.7), spoke("b", 6)],
  });
  expect(keysOf(reloaded)).toEqual(keysOf(heard).filter((key) => !key.startsWith("event")));
});

it("shows a line once, and in its place where another node's clock is behind", () => {
  const [trade] = tradesOf([buy(1)]);
  if (!trade) throw new Error("No trade");
  const begun = beginTimeline(newRoom({ messages: [message(7, 1)], trades: [trade] }));
  const told: RoomEvent[] = [
    { type: "traded", trade, status: "open" },
    said(7, 1),
    said(8, 2),
    said(8, 2),
    said(9, 1.5),
  ];
  const again = told.reduce((all, event, index) => withHeard(all, event, `e:${index}`), begun);
  expect(keysOf(again)).toEqual(["traded 1", "messageSent 7", "messageSent 9", "messageSent 8"]);
});

it("ends with the completion and the closing of its room", () => {
  const trades = tradesOf([buy(1)]);
  const room = newRoom({ trades, messages: [message(1, 0)], completedAt: at(0), closedAt: at(9), price: "28" });
  expect(keysOf(beginTimeline(room))).toEqual(["traded 1", "completed 0", "messageSent 1", "closed 0"]);
});

it("puts an earlier page before what it shows, once, and not one that it did not ask for", () => {
  const begun = beginTimeline(
    newRoom({ messages: Array.from({ length: 50 }, (_, index) => message(101 + index, 100 + index)) }),
  );
  expect(begun.lines).toHaveLength(49);
  expect(begun.before).toBe(`${at(101)},3,102,`);
  const page = { events: [said(101, 100), said(100, 1)], nextCursor: null };
  const read = withOlder(begun, begun.before, page);
  expect(keysOf(read).slice(0, 3)).toEqual(["messageSent 100", "messageSent 101", "messageSent 102"]);
  expect(withOlder(read, begun.before, page)).toBe(read);
});

it("lets the oldest lines go in a long evening, and knows where to read them again", () => {
  const heard = Array.from({ length: 401 }, (_, index) => said(index + 2, index)).reduce(
    (all, event, index) => withHeard(all, event, `e:${index}`),
    beginTimeline(newRoom({ messages: [message(1, 0)] })),
  );
  expect(heard.lines).toHaveLength(200);
  expect(keysOf(heard)[0]).toBe("messageSent 203");
  expect(heard.before).toBe(`${at(201)},3,203,`);
});

import type { ChatMessage, RoomEvent, RoomState, RoomTrade } from "@pult/api/trading/schema.ts";
import { beforeEach, expect, it } from "vitest";
import { RoomStore, type TradingApi, type TradingPort } from "./room-store.ts";
import { at, buy, newRoom, tradesOf } from "./testing.ts";

type Envelope = { id: string; data: RoomEvent | { type: "position"; recovered: boolean; snapshot?: RoomState } };

let emit: (envelope: Envelope) => void;
let rooms: PromiseWithResolvers<RoomState>[];
let sends: PromiseWithResolvers<ChatMessage>[];
let timers: (() => void)[];
let followed: string[];

const trading = {
  rooms: {
    get: {
      query() {
        const asked = Promise.withResolvers<RoomState>();
        rooms.push(asked);
        return asked.promise;
      },
    },
    join: { mutate: async () => newRoom() },
  },
  trade: {
    mutate: async () => ({
      trade: mine[0],
      status: "open",
      balances: { sol: "9000000000", token: mine[0]?.amountOut },
    }),
  },
  chat: {
    send: {
      mutate() {
        const asked = Promise.withResolvers<ChatMessage>();
        sends.push(asked);
        return asked.promise;
      },
    },
  },
  onRoom: {
    subscribe(_: unknown, handlers: { onData(envelope: Envelope): void }) {
      followed.push("room");
      emit = handlers.onData;
      return { unsubscribe() {} };
    },
  },
  onPrice: {
    subscribe() {
      followed.push("price");
      return { unsubscribe() {} };
    },
  },
};
const api = { trading } as unknown as TradingApi;
const port: TradingPort = {
  withSession: (call) => call(api),
  follow: (follower) => follower(api),
  online: { get: () => ({ state: "live" }), subscribe: () => () => {} } as unknown as TradingPort["online"],
};

const mine = tradesOf([buy(1, "me"), buy(2)]);
const [first, second] = mine;
if (!first || !second) throw new Error("No trades");
const settle = () => new Promise((resolve) => setImmediate(resolve));
const runTimers = () => {
  for (const run of timers.splice(0)) run();
};
const traded = (trade: RoomTrade, offset: number): Envelope => ({
  id: `e:${offset}`,
  data: { type: "traded", trade, status: "open" },
});
const said = (id: number, text: string, clientId: string): ChatMessage => ({
  ...{ id, traderId: "me", userId: "me", name: null, text, clientId },
  at: at(id),
});

async function open(isStaff = true) {
  const store = new RoomStore({ port, roomId: "r", isStaff, setTimer: (run) => void timers.push(run) });
  const stop = store.start();
  return { store, stop };
}

/** A store of staff that stands at offset 7 and has read a room without trades. */
async function openLive() {
  const opened = await open();
  emit({ id: "e:7", data: { type: "position", recovered: true } });
  rooms[0]?.resolve(newRoom());
  await settle();
  return opened;
}

beforeEach(() => {
  rooms = [];
  sends = [];
  timers = [];
  followed = [];
});

it("holds what happened while the room was being read", async () => {
  const { store, stop } = await open();
  emit({ id: "e:7", data: { type: "position", recovered: true } });
  emit(traded(first, 8));
  emit(traded(second, 9));
  rooms[0]?.resolve(newRoom({ trades: [first], tradeCount: 1, price: first.priceAfter }));
  await settle();
  runTimers();
  const { room, timeline } = store.state.getState();
  expect(room?.price).toBe(second.priceAfter);
  expect(room?.tradeCount).toBe(2);
  expect(timeline.lines.map(({ key }) => key)).toEqual(["traded 1", "traded 2"]);
  stop();
});

it("tells the chart of each trade once, though the answer and the log both bring it", async () => {
  const { store, stop } = await openLive();
  const heard: number[] = [];
  store.onTrades((trades) => heard.push(...(trades ?? []).map(({ sequence }) => sequence)));
  const ways = { signal: new AbortController().signal, onLate: () => {} };
  await store.trade({ side: "buy", amount: "1000000000", clientId: "1" }, ways);
  emit(traded(first, 8));
  emit(traded(second, 9));
  runTimers();
  expect(heard).toEqual([1, 2]);
  expect(store.state.getState().room?.me?.balances.sol).toBe("9000000000");
  stop();
});

it("says that trades were missed when a snapshot leaves a hole", async () => {
  const { store, stop } = await openLive();
  const heard: (number | null)[] = [];
  store.onTrades((trades) => heard.push(trades?.length ?? null));
  emit({
    id: "f:3",
    data: { type: "position", recovered: false, snapshot: newRoom({ trades: [first], tradeCount: 1 }) },
  });
  emit({
    id: "g:3",
    data: { type: "position", recovered: false, snapshot: newRoom({ trades: [second], tradeCount: 90 }) },
  });
  expect(heard).toEqual([1, null]);
  stop();
});

it("shows a message once, whether the log or the answer is first", async () => {
  const { store, stop } = await openLive();
  const add = (clientId: string, text: string) => store.sendQueue.add({ clientId, createdAt: at(1), text });
  add("a", "Hello");
  // The same words from another tab are another message.
  emit({ id: "e:8", data: { type: "messageSent", message: said(1, "Hello", "other tab") } });
  runTimers();
  expect(store.sendQueue.items.getState()).toHaveLength(1);
  emit({ id: "e:9", data: { type: "messageSent", message: said(2, "Hello", "a") } });
  runTimers();
  expect(store.sendQueue.items.getState()).toEqual([]);
  sends[0]?.resolve(said(2, "Hello", "a"));
  await settle();
  runTimers();
  add("b", "Again");
  await settle();
  sends[1]?.resolve(said(3, "Again", "b"));
  await settle();
  runTimers();
  emit({ id: "e:10", data: { type: "messageSent", message: said(3, "Again", "b") } });
  runTimers();
  const keys = store.state.getState().timeline.lines.map(({ key }) => key);
  expect(keys).toEqual(["messageSent 1", "messageSent 2", "messageSent 3"]);
  expect(store.sendQueue.items.getState()).toEqual([]);
  stop();
});

it("follows the price alone for those who are not in the room, and the room once they are", async () => {
  const { store, stop } = await open(false);
  rooms[0]?.resolve(newRoom({ me: null }));
  await settle();
  expect(followed).toEqual(["price"]);
  await store.join();
  expect(followed).toEqual(["price", "room"]);
  stop();
});

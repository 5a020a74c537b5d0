import type { Client } from "@pult/api/client.ts";
import type { Connection } from "@pult/api/connection/connection.ts";
import { memoryStore } from "@pult/api/connection/send-queue-storage.ts";
import type { ChatMessage, RoomEvent, RoomState, RoomTrade, TradeResult } from "@pult/api/trading/schema.ts";
import { createStore } from "zustand/vanilla";
import { type Failure, isTransient, sendFailure, toFailure } from "../../trpc/failure.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { Reading } from "../../trpc/reading.ts";
import { SendQueue } from "../thread/send-queue.ts";
import { withEvent } from "./room-state.ts";
import { beginTimeline, EMPTY, type Timeline, withHeard, withOlder } from "./timeline.ts";
import { untilAnswered, type Waiting } from "./until-answered.ts";

export type TradingApi = Client["api"];
type TradeInput = Parameters<TradingApi["trading"]["trade"]["mutate"]>[0];

/** How a page reaches the API: the dashboard by its session, the Mini App by its customer's. */
export interface TradingPort {
  withSession<T>(call: (api: TradingApi) => Promise<T>): Promise<T>;
  /** Runs while there is a session. @returns the way to stop */
  follow(follower: (api: TradingApi) => () => void): () => void;
  online: Pick<Connection, "get" | "subscribe">;
}

export interface RoomSnapshot {
  /** Null until it was read. */
  room: RoomState | null;
  timeline: Timeline;
  older: "idle" | "loading" | "failed";
  /** Why there is nothing to show. */
  failure: Failure | null;
}

export interface PlannedOrder {
  side: "buy" | "sell";
  /** Base units that the trader would give. */
  amount: bigint;
}

interface RoomPorts {
  port: TradingPort;
  roomId: string;
  /** Reads the room's log without being in the room. */
  isStaff: boolean;
  setTimer?(run: () => void, delayMs: number): void;
}

/** What a burst of trades changes is shown this often. */
const FLUSH_MS = 50;
const RETRY_MS = 3_000;
/** No log tells who connects, nor that a day has passed since a trade. */
const RECOUNT_MS = 30_000;

interface Heard {
  event: RoomEvent;
  id: string;
}

/** One room, kept current by its log for staff and members, by its price for the others. */
export class RoomStore {
  readonly state = createStore<RoomSnapshot>(() => ({ room: null, timeline: EMPTY, older: "idle", failure: null }));
  /** What the ticket would do, for the mark along the curve. */
  readonly order = createStore<{ planned: PlannedOrder | null }>(() => ({ planned: null }));
  /** What the reader has written and the server has not confirmed. */
  readonly sendQueue: SendQueue<{ text: string }, ChatMessage>;
  readonly #ports: RoomPorts;
  readonly #setTimer: (run: () => void, delayMs: number) => void;
  readonly #tradeListeners = new Set<(trades: readonly RoomTrade[] | null) => void>();
  readonly #eventListeners = new Set<(event: RoomEvent | null) => void>();
  #api: TradingApi | null = null;
  #stopListening = () => {};
  /** Heard and not shown yet. */
  #waiting: Heard[] = [];
  readonly #reading = new Reading<Heard>();

  constructor(ports: RoomPorts) {
    this.#ports = ports;
    this.#setTimer = ports.setTimer ?? ((run, delayMs) => void setTimeout(run, delayMs));
    const { port, roomId } = ports;
    this.sendQueue = new SendQueue<{ text: string }, ChatMessage>({
      send: ({ clientId, body: { text } }) =>
        port.withSession(({ trading }) => trading.chat.send.mutate({ roomId, text, clientId })),
      toFailure: (error) => sendFailure(toFailure(error)),
      onSent: (message) => this.#hear({ type: "messageSent", message }, ""),
      store: memoryStore(),
      queueOf: () => roomId,
      showsNewAsSending: true,
      online: port.online,
    });
  }

  /** Follows the room until the returned function is called. */
  start(): () => void {
    const stop = this.#ports.port.follow((api) => {
      this.#api = api;
      this.#listen();
      return () => {
        this.#api = null;
        this.#stopListening();
      };
    });
    const recount = setInterval(() => void this.#recount(), RECOUNT_MS);
    return () => {
      clearInterval(recount);
      stop();
      this.sendQueue.stop();
    };
  }

  /** Hears of trades that were not known before; of null when some were missed. @returns the way to stop */
  onTrades(listener: (trades: readonly RoomTrade[] | null) => void): () => void {
    this.#tradeListeners.add(listener);
    return () => this.#tradeListeners.delete(listener);
  }

  /** Hears of each event of the log as it comes; of null when the room was read anew. @returns the way to stop */
  onEvents(listener: (event: RoomEvent | null) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  readonly reload = (): void => {
    this.state.setState({ failure: null });
    void this.#load();
  };

  async join(): Promise<void> {
    const { port, roomId } = this.#ports;
    this.#lay(await port.withSession(({ trading }) => trading.rooms.join.mutate({ roomId })));
    this.#listen();
  }

  async leave(): Promise<void> {
    const { port, roomId } = this.#ports;
    await port.withSession(({ trading }) => trading.rooms.leave.mutate({ roomId }));
    await this.#load();
    this.#listen();
  }

  /** Asks until the server has answered: a repeat carries the same id and the same bounds. */
  readonly trade = async (
    order: Omit<TradeInput, "roomId"> & { clientId: string },
    waiting: Waiting,
  ): Promise<TradeResult> => {
    const { port, roomId } = this.#ports;
    const result = await untilAnswered(
      (signal) => port.withSession(({ trading }) => trading.trade.mutate({ roomId, ...order }, { signal })),
      { online: port.online, ...waiting },
    );
    this.#hear({ type: "traded", trade: result.trade, status: result.status }, "");
    this.#flush();
    return result;
  };

  /** Reads the timeline further back. */
  readonly loadOlder = async (): Promise<void> => {
    const { port, roomId } = this.#ports;
    const { timeline, older } = this.state.getState();
    const cursor = timeline.before;
    if (cursor === null || older === "loading") return;
    this.state.setState({ older: "loading" });
    try {
      const page = await port.withSession(({ trading }) => trading.timeline.query({ roomId, cursor }));
      this.state.setState((now) => ({ timeline: withOlder(now.timeline, cursor, page), older: "idle" }));
    } catch {
      this.state.setState({ older: "failed" });
    }
  };

  /** Follows what the reader may follow now. */
  #listen(): void {
    this.#stopListening();
    this.#stopListening = () => {};
    const api = this.#api;
    const { room } = this.state.getState();
    if (!api) return;
    if (this.#ports.isStaff || room?.me?.isMember) this.#stopListening = this.#followLog(api);
    else if (room) this.#stopListening = this.#followPrice(api, room.tokenMint);
    else void this.#load().then((isRead) => isRead && this.#listen());
  }

  #followLog({ trading }: TradingApi): () => void {
    const { roomId } = this.#ports;
    return followPersistently<RoomEvent | { type: "position"; recovered: boolean }, RoomState>(
      (input, listeners) => trading.onRoom.subscribe({ roomId, ...input }, listeners),
      {
        onEvent: (event, id) => {
          this.#hear(event, id);
          for (const listener of this.#eventListeners) listener(event);
        },
        onPosition: (snapshot) => (snapshot ? this.#lay(snapshot) : void this.#load()),
        // Removed from the room, or out of it by another tab.
        onRefused: () => void this.#load().then((isRead) => isRead && !this.#ports.isStaff && this.#listen()),
      },
    );
  }

  /** Who is not in the room hears only what its token costs; what else the room shows is read again then. */
  #followPrice({ trading }: TradingApi, mintAddress: string): () => void {
    let isWanted = true;
    let isScheduled = false;
    let known = this.state.getState().room?.price;
    const { unsubscribe } = trading.onPrice.subscribe(
      { mintAddress },
      {
        onData: ({ price }) => {
          if (price === known || isScheduled) return;
          known = price;
          isScheduled = true;
          this.#setTimer(() => {
            isScheduled = false;
            if (isWanted) void this.#load();
          }, RETRY_MS);
        },
        onError: () => {},
      },
    );
    return () => {
      isWanted = false;
      unsubscribe();
    };
  }

  /** @returns whether it was read */
  async #load(): Promise<boolean> {
    const { port, roomId } = this.#ports;
    const ask = () => port.withSession(({ trading }) => trading.rooms.get.query({ roomId }));
    try {
      const read = await this.#reading.read(ask);
      if (read) this.#lay(read.answer, read.heard);
      return true;
    } catch (error) {
      this.#failed(toFailure(error));
      return false;
    }
  }

  #failed(failure: Failure): void {
    if (!this.state.getState().room) this.state.setState({ failure });
    if (isTransient(failure)) this.#setTimer(() => this.#api && this.#listen(), RETRY_MS);
  }

  #lay(read: RoomState, heard: readonly Heard[] = []): void {
    this.#reading.drop();
    this.#waiting = [];
    // Trades are read after the rest, and say what they made of it.
    const newest = read.trades.at(-1);
    const room = newest ? { ...read, reserves: newest.reserves, price: newest.priceAfter } : read;
    const before = this.state.getState().room;
    this.state.setState({
      room: heard.reduce((all, { event }) => withEvent(all, event), room),
      timeline: heard.reduce((all, { event, id }) => withHeard(all, event, id), beginTimeline(read)),
      failure: null,
    });
    for (const message of read.messages) this.#confirm(message);
    if (before) this.#announceSince(before);
    for (const listener of this.#eventListeners) listener(null);
  }

  #hear(event: RoomEvent, id: string): void {
    const heard = { event, id };
    this.#reading.hear(heard);
    this.#waiting.push(heard);
    if (this.#waiting.length === 1) this.#setTimer(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    const heard = this.#waiting;
    this.#waiting = [];
    const { room, timeline } = this.state.getState();
    if (!room || heard.length === 0) return;
    const known = new Set(room.trades.map(({ sequence }) => sequence));
    this.state.setState({
      room: heard.reduce((all, { event }) => withEvent(all, event), room),
      timeline: heard.reduce((all, { event, id }) => withHeard(all, event, id), timeline),
    });
    for (const { event } of heard) if (event.type === "messageSent") this.#confirm(event.message);
    this.#announce(
      heard.flatMap(({ event }) => (event.type === "traded" && !known.has(event.trade.sequence) ? [event.trade] : [])),
    );
  }

  #announceSince({ trades, tradeCount }: RoomState): void {
    const { room } = this.state.getState();
    const known = new Set(trades.map(({ sequence }) => sequence));
    const fresh = room?.trades.filter(({ sequence }) => !known.has(sequence)) ?? [];
    if (fresh.length === (room?.tradeCount ?? 0) - tradeCount) this.#announce(fresh);
    else for (const listener of this.#tradeListeners) listener(null);
  }

  #announce(trades: readonly RoomTrade[]): void {
    if (trades.length > 0) for (const listener of this.#tradeListeners) listener(trades);
  }

  /** The server has it, also where the answer to the page's own call was lost. */
  #confirm({ traderId, clientId }: ChatMessage): void {
    const isOwn = traderId === this.state.getState().room?.me?.traderId;
    if (isOwn && clientId !== undefined) this.sendQueue.confirm({ clientId });
  }

  async #recount(): Promise<void> {
    const { port, roomId } = this.#ports;
    if (!this.state.getState().room || document.visibilityState === "hidden") return;
    const read = await port.withSession(({ trading }) => trading.rooms.get.query({ roomId })).catch(() => null);
    const { room } = this.state.getState();
    if (!read || !room) return;
    const { participants, members, dayVolume } = read;
    this.state.setState({ room: { ...room, participants, members, dayVolume } });
  }
}

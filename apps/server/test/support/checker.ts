import type { Chat, ChatsEvent } from "@pult/api/chats/schema.ts";
import type { createClient } from "@pult/api/client.ts";
import { type LiveState, signOf } from "@pult/api/connection/connection.ts";
import { SyncTracker } from "@pult/api/connection/sync-tracker.ts";
import { followLog, type SubscribeLog } from "@pult/api/follow-log.ts";
import type { EventsEvent, EventsPage } from "@pult/api/notifications/schema.ts";
import type { ConversationEvent, CustomerEvent, InboxEvent, Message } from "@pult/api/support/schema.ts";
import type { RoomEvent, RoomTrade } from "@pult/api/trading/schema.ts";
import {
  emptyTally,
  type Numbered,
  NumberLedger,
  OffsetLedger,
  parseId,
  readNumber,
  type Tally,
  TopicTruth,
  textOfTrade,
} from "./ledger.ts";
import { NumberedWriter, type WriterOptions } from "./numbered-writer.ts";

type Api = ReturnType<typeof createClient>["api"];
type LogEvent = ChatsEvent | CustomerEvent | ConversationEvent | InboxEvent | EventsEvent | RoomEvent;
type Snapshot = { items?: Chat[]; messages?: Message[]; events?: EventsPage["events"]; trades?: RoomTrade[] };
type Positioned = { type: "position"; recovered: boolean; snapshot?: Snapshot };
type LogHandlers = Parameters<SubscribeLog<LogEvent | Positioned>>[1];
type Subscribe = (
  input: { lastEventId: string | null },
  handlers: LogHandlers & { onConnectionStateChange(change: { state: "idle" | "connecting" | "pending" }): void },
) => { unsubscribe(): void };

export interface ReaderOptions {
  name: string;
  /** What it follows; readers of the same topic are held to the same events. */
  topic: string;
  subscribe: Subscribe;
  /** Writers whose numbers it must get, each once and in order; none for a reader of the inbox, whose rows hold the newest only. */
  writers: readonly string[];
  /** `stock`: tRPC's client with its own `lastEventId`, without `followLog`. Default `followLog`. */
  via?: "followLog" | "stock";
}

/** A reader that is held to everything the writers had acknowledged. */
export interface CheckedReader {
  readonly name: string;
  readonly state: LiveState;
  /** Resolves when it is where its log is. */
  live(): Promise<void>;
  stop(): void;
}

export interface CheckerReport extends Tally {
  /** What exactly was wrong, the first of each reader. */
  problems: string[];
}

/** Numbers every event that it causes and holds every reader to them. */
export class Checker {
  readonly #writers = new Map<string, NumberedWriter>();
  readonly #readers: Reader[] = [];
  readonly #truths = new Map<string, TopicTruth>();
  readonly #watchers = new Set<() => void>();

  writer(options: WriterOptions): NumberedWriter {
    const writer = new NumberedWriter(options);
    this.#writers.set(options.name, writer);
    return writer;
  }

  /** Newest number of each writer that was acknowledged. */
  acknowledged(): Map<string, number> {
    return new Map([...this.#writers].map(([name, writer]) => [name, writer.acknowledged]));
  }

  /** Follows from now on: what was acknowledged before is not owed. */
  reader(options: ReaderOptions): CheckedReader {
    const truth = this.#truths.get(options.topic) ?? new TopicTruth();
    this.#truths.set(options.topic, truth);
    const acknowledged = () => this.acknowledged();
    const reader = new Reader({ options, truth, acknowledged, noticed: () => this.#look() });
    this.#readers.push(reader);
    return reader;
  }

  /** Waits until every reader has what its writers had acknowledged, or for so long. The writers must have ended. */
  settle(timeoutMs = 30_000): Promise<CheckerReport> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(this.report());
      };
      const timer = setTimeout(end, timeoutMs);
      const look = () => {
        if (this.#readers.every((reader) => reader.owed(this.#writers).length === 0)) end();
      };
      this.#watchers.add(look);
      look();
    });
  }

  report(): CheckerReport {
    const tally: CheckerReport = { ...emptyTally(), problems: [] };
    for (const writer of this.#writers.values()) tally.sent += writer.acknowledged;
    for (const reader of this.#readers) {
      const lost = reader.owed(this.#writers);
      for (const [key, count] of Object.entries(reader.counts)) tally[key as keyof typeof reader.counts] += count;
      tally.lost += lost.length;
      const problems = [...reader.problems, ...(lost.length > 0 ? [`lost ${lost.slice(0, 5).join(", ")}`] : [])];
      if (problems.length > 0) tally.problems.push(`${reader.name}: ${problems.slice(0, 5).join("; ")}`);
    }
    return tally;
  }

  stop(): void {
    for (const reader of this.#readers) reader.stop();
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

interface ReaderParts {
  options: ReaderOptions;
  truth: TopicTruth;
  acknowledged(): Map<string, number>;
  noticed(): void;
}

class Reader implements CheckedReader {
  state: LiveState = "offline";
  readonly problems: string[] = [];
  readonly #parts: ReaderParts;
  readonly #numbers = new NumberLedger();
  readonly #positions = { resumed: 0, recoveredFalse: 0 };
  readonly #offsets = { missed: 0, repeated: 0 };
  readonly #waiting: (() => void)[] = [];
  #last: string | null = null;
  readonly #stop: () => void;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    for (const [writer, number] of parts.acknowledged()) this.#numbers.begin(writer, number);
    this.#stop = parts.options.via === "stock" ? this.#followStock() : this.#followLog();
  }

  get name(): string {
    return this.#parts.options.name;
  }

  /** A repeat that `followLog` dropped was one all the same; a gap counts here where no numbers would show it. */
  get counts() {
    const { delivered, repeated, disordered } = this.#numbers.counts;
    const lost = this.#parts.options.writers.length === 0 ? this.#offsets.missed : 0;
    const twice = Math.max(repeated, this.#offsets.repeated);
    return { ...this.#positions, delivered, disordered, lost, repeated: twice };
  }

  stop(): void {
    this.#stop();
  }

  live(): Promise<void> {
    if (this.state === "live") return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What was acknowledged and has not come. */
  owed(writers: ReadonlyMap<string, NumberedWriter>): string[] {
    return this.#parts.options.writers.flatMap((name) =>
      this.#numbers.lost(name, writers.get(name)?.acknowledged ?? 0).map((number) => `${name} #${number}`),
    );
  }

  #followLog(): () => void {
    const tracker = new SyncTracker({ onChange: (to) => this.#enter(to === "current" ? "live" : "catchingUp") });
    const stop = followLog<LogEvent | Positioned, Positioned["snapshot"]>(
      (input, handlers) => this.#watch(input, handlers, tracker),
      {
        onEvent: (event, id) => this.#take(event, id),
        onPosition: (snapshot) => this.#placed(snapshot),
        onError: (error) => void this.problems.push(`ended: ${error.message}`),
      },
    );
    return () => {
      tracker.stop();
      stop();
    };
  }

  /** Looks at what comes over the wire before `followLog` mends it. */
  #watch(input: { lastEventId: string | null }, handlers: LogHandlers, tracker: SyncTracker) {
    const offsets = new OffsetLedger();
    tracker.reopen();
    return this.#parts.options.subscribe(input, {
      ...handlers,
      onData: (value) => {
        if ("id" in value) this.#inspect(offsets, value);
        handlers.onData(value);
        const sign = signOf(value);
        if (sign) tracker.read(sign);
      },
      onConnectionStateChange: ({ state }) => {
        tracker.reopen();
        this.#enter(state === "pending" ? "catchingUp" : "offline");
      },
    });
  }

  /** @returns whether an event is new, and not what a position announced to be replayed */
  #inspect(offsets: OffsetLedger, { id, data }: { id: string; data: LogEvent | Positioned }): boolean {
    let isNew = true;
    if (data.type === "position") {
      offsets.position(id);
      this.#count(id, data.recovered);
    } else {
      isNew = offsets.event(id);
      if (!this.#parts.truth.agrees(id, textOf(data))) this.problems.push(`${id} differs between readers`);
    }
    this.#offsets.missed += offsets.counts.missed;
    this.#offsets.repeated += offsets.counts.repeated;
    offsets.counts.missed = offsets.counts.repeated = 0;
    this.problems.push(...offsets.problems.splice(0));
    return isNew;
  }

  #count(id: string, recovered: boolean): void {
    const before = this.#last;
    if (!recovered) this.#positions.recoveredFalse += 1;
    else if (before === id) this.#positions.resumed += 1;
    else if (before !== null && this.#parts.options.via === "stock" && isAhead(id, before))
      this.problems.push(`stood at ${before} and was put to ${id}`);
    if (before === null || !recovered) this.#last = id;
  }

  #followStock(): () => void {
    const offsets = new OffsetLedger();
    const subscription = this.#parts.options.subscribe(
      { lastEventId: null },
      {
        onData: (value) => {
          if (!("id" in value)) return;
          const isNew = this.#inspect(offsets, value);
          if (value.data.type === "position") {
            if (!value.data.recovered) this.#placed(value.data.snapshot ?? null);
            this.#enter("live");
          } else if (isNew) this.#take(value.data, value.id);
        },
        onError: (error) => void this.problems.push(`ended: ${error.message}`),
        onConnectionStateChange: ({ state }) => this.#enter(state === "pending" ? "catchingUp" : "offline"),
      },
    );
    return () => subscription.unsubscribe();
  }

  #take(event: LogEvent, id: string): void {
    this.#last = id;
    const numbered = readNumber(contentOf(event));
    if (numbered && this.#parts.options.writers.includes(numbered.writer)) this.#numbers.deliver(numbered);
    if (this.problems.length < 20) this.problems.push(...this.#numbers.problems.splice(0));
    this.#parts.noticed();
  }

  #placed(snapshot: Positioned["snapshot"] | null): void {
    if (!snapshot) return;
    if (snapshot.items) {
      this.#placedAt(snapshot.items);
      return;
    }
    const { messages = [], events = [], trades = [] } = snapshot;
    const texts = [
      ...messages.map(({ text }) => text),
      ...events.map(({ event }) => event.content),
      ...trades.map(textOfTrade),
    ];
    const held = texts.map(readNumber);
    this.#numbers.replace(
      held.filter((one): one is Numbered => one !== null),
      this.#parts.acknowledged(),
    );
    this.#parts.noticed();
  }

  /** Chats tell their newest message: what came before it is stored, and what comes after it is owed. */
  #placedAt(chats: readonly Chat[]): void {
    const held = chats.flatMap(({ lastMessage }) => readNumber(lastMessage?.text ?? "") ?? []);
    this.#numbers.replaceUpTo(held);
    this.#parts.noticed();
  }

  #enter(state: LiveState): void {
    this.state = state;
    if (state === "live") for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function isAhead(id: string, of: string): boolean {
  const [a, b] = [parseId(id), parseId(of)];
  return a.epoch !== b.epoch || a.offset > b.offset;
}

/** What a writer of ours may have written. */
function contentOf(event: LogEvent): string {
  if (event.type === "messageSent" || event.type === "newMessage") return event.message.text;
  if (event.type === "traded") return textOfTrade(event.trade);
  return event.type === "event" ? event.event.content : "";
}

/** What an event says, to be compared between readers; what depends on the reader or the moment is left out. */
function textOf(event: LogEvent): string {
  if ("message" in event) return `${event.type} ${event.message.id} ${event.message.text}`;
  if (event.type === "conversationChanged") return `${event.type} ${event.conversation.lastMessage?.id}`;
  if (event.type === "traded") {
    const { sequence, userId, side, amountIn, amountOut, fee, price, priceAfter } = event.trade;
    return [sequence, userId, side, amountIn, amountOut, fee, price, priceAfter].join(" ");
  }
  return event.type === "event" ? `${event.eventId} ${event.event.content}` : event.type;
}

/** The subscriptions, as readers want them. */
export const customerLog =
  (api: Api, userId?: string): Subscribe =>
  (input, handlers) =>
    api.support.onMessage.subscribe({ ...input, ...(userId ? { userId } : {}) }, handlers as never);

export const conversationLog =
  (api: Api, conversationId: number): Subscribe =>
  (input, handlers) =>
    api.support.onConversation.subscribe({ ...input, conversationId }, handlers as never);

export const inboxLog =
  (api: Api): Subscribe =>
  (input, handlers) =>
    api.support.onInbox.subscribe(input, handlers as never);

export const eventsLog =
  (api: Api): Subscribe =>
  (input, handlers) =>
    api.notifications.onEvent.subscribe(input, handlers as never);

export const roomLog =
  (api: Api, roomId: string): Subscribe =>
  (input, handlers) =>
    api.trading.onRoom.subscribe({ ...input, roomId }, handlers as never);

export const chatsLog =
  (api: Api, accountId: string): Subscribe =>
  (input, handlers) =>
    api.chats.onChats.subscribe({ ...input, accountId }, handlers as never);

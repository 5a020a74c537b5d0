import { createHmac } from "node:crypto";
import { createClient } from "@pult/api/client.ts";
import { call, type Peer } from "./calls.ts";
import {
  type CheckedReader,
  Checker,
  type CheckerReport,
  conversationLog,
  customerLog,
  eventsLog,
  inboxLog,
  type ReaderOptions,
  roomLog,
} from "./checker.ts";
import { beginConversation } from "./desk.ts";
import { ADMIN_KEY, mintToken } from "./installation.ts";
import { amountOf, readNumber } from "./ledger.ts";
import { countdown } from "./mailbox.ts";
import { type NumberedWriter, postAsCustomer, postOnce, type WriterOptions } from "./numbered-writer.ts";
import { createRoom } from "./trading-socket.ts";
import { callApi, connectApi } from "./trpc-client.ts";

interface Line {
  /** Where its sockets lead. */
  server: Peer;
  users: readonly string[];
}

export interface TrafficOptions {
  /** The readers of each line: a customer of that name, an agent in their conversation, and the inbox. */
  lines: readonly Line[];
  /** Where the next message is posted; it may change. */
  postTo: () => Peer;
  /** Rest of each writer between two messages, milliseconds. */
  everyMs: number;
}

/** Writers who write all the time and readers who are held to it. Clients are made once: none is replaced, whatever happens. */
export interface Traffic {
  readonly checker: Checker;
  /** How many readers get everything that one writer writes. */
  readonly readersOfEach: number;
  /** Resolves after so many more messages were acknowledged. */
  more(messages: number): Promise<void>;
  /** Ends writing and waits for the readers to have everything. */
  finish(timeoutMs?: number): Promise<CheckerReport>;
  close(): void;
}

/** Who gets every message: the customer, the customer by the stock client, and an agent. */
export const READERS_OF_EACH = 3;

export async function startTraffic({ lines, postTo, everyMs }: TrafficOptions): Promise<Traffic> {
  const checker = new Checker();
  const counter = countdown();
  const stop = new AbortController();
  const readers: CheckedReader[] = [];
  const writers: NumberedWriter[] = [];
  const closers: (() => void)[] = [];
  const read = (options: ReaderOptions) => readers.push(checker.reader(options));
  const readStock = (options: ReaderOptions) => read({ ...options, via: "stock" });
  const write = (name: string, post: WriterOptions["post"]) =>
    writers.push(checker.writer({ name, everyMs, onAcknowledged: counter.step, post }));

  async function join({ server, users }: Line): Promise<void> {
    const agent = createClient({ url: server.origin, token: ADMIN_KEY });
    const stock = connectApi(postTo(), ADMIN_KEY, server);
    closers.push(
      () => agent.close(),
      () => void stock.close(),
    );
    read({ name: "inbox", topic: "inbox", subscribe: inboxLog(agent.api), writers: [] });
    readStock({ name: "stock inbox", topic: "inbox", subscribe: inboxLog(stock.api), writers: [] });
    for (const user of users) {
      const conversationId = await beginConversation(postTo(), user);
      const writers = [`${user}-customer`, `${user}-agent`] as const;
      write(writers[0], (message) => postAsCustomer(postTo(), user, message));
      write(writers[1], (message) => postOnce(postTo(), "/trpc/support.reply", { conversationId, ...message }));
      const customer = createClient({ url: server.origin, token: await mintToken({ sub: user }) });
      closers.push(() => customer.close());
      const own = { topic: `customer:${user}`, writers };
      const agents = { topic: `conversation:${user}`, writers };
      read({ ...own, name: user, subscribe: customerLog(customer.api) });
      readStock({ ...own, name: `stock ${user}`, subscribe: customerLog(stock.api, user) });
      read({ ...agents, name: `agent of ${user}`, subscribe: conversationLog(agent.api, conversationId) });
    }
  }

  for (const line of lines) await join(line);
  return begin({ checker, counter, stop, readers, writers, closers, readersOfEach: READERS_OF_EACH });
}

interface Begun {
  checker: Checker;
  counter: ReturnType<typeof countdown>;
  stop: AbortController;
  readers: readonly CheckedReader[];
  writers: readonly NumberedWriter[];
  closers: readonly (() => void)[];
  readersOfEach: number;
}

/** Lets the writers write once every reader is where its log is. */
export async function begin({
  checker,
  counter,
  stop,
  readers,
  writers,
  closers,
  readersOfEach,
}: Begun): Promise<Traffic> {
  await Promise.all(readers.map((reader) => reader.live()));
  const writing = Promise.all(writers.map((writer) => writer.run(stop.signal)));
  writing.catch(() => {});
  return {
    checker,
    readersOfEach,
    more: (messages) => Promise.race([counter.more(messages), writing.then(() => {})]),
    async finish(timeoutMs) {
      stop.abort();
      await writing;
      return checker.settle(timeoutMs);
    },
    close() {
      stop.abort();
      checker.stop();
      for (const close of closers) close();
    },
  };
}

export const INSTAGRAM_APP_SECRET = "the secret of an app of Meta, for tests";
/** Accounts that write at the same time. */
const ACCOUNTS = 8;
/** Earlier events that a webhook may repeat. */
const REMEMBERED = 200;

export interface WebhookOptions {
  /** Two readers at each. */
  lines: readonly Peer[];
  postTo: () => Peer;
  everyMs: number;
  /** From 0, below 1. */
  random(): number;
}

/**
 * Signed Instagram webhooks as Meta sends them: one new event each, most with repeats of earlier events, some at the same time to another node;
 * each again until it is acknowledged.
 */
export async function startWebhooks({ lines, postTo, everyMs, random }: WebhookOptions): Promise<Traffic> {
  const checker = new Checker();
  const counter = countdown();
  const names = Array.from({ length: ACCOUNTS }, (_, at) => `account-${at}`);
  const writers = names.map((name) => {
    const earlier: string[] = [];
    return checker.writer({
      name,
      everyMs,
      onAcknowledged: counter.step,
      async post({ text }) {
        const repeats = Array.from(
          { length: Math.floor(random() * 4) },
          () => earlier[Math.floor(random() * earlier.length)],
        );
        const texts = [text, ...repeats.filter((one) => one !== undefined)].sort(() => random() - 0.5);
        const posts =
          random() < 0.1
            ? [postWebhook(postTo(), name, texts), postWebhook(postTo(), name, texts)]
            : [postWebhook(postTo(), name, texts)];
        const answers = await Promise.all(posts.map((post) => post.catch(() => false)));
        if (!answers.includes(true)) return false;
        earlier.push(text);
        if (earlier.length > REMEMBERED) earlier.shift();
        return true;
      },
    });
  });
  const closers: (() => void)[] = [];
  const readers = lines.flatMap((server, at) => {
    const own = createClient({ url: server.origin, token: ADMIN_KEY });
    const stock = connectApi(postTo(), ADMIN_KEY, server);
    closers.push(
      () => own.close(),
      () => void stock.close(),
    );
    const options = { topic: "events", writers: names };
    return [
      checker.reader({ ...options, name: `events ${at}`, subscribe: eventsLog(own.api) }),
      checker.reader({ ...options, name: `stock events ${at}`, subscribe: eventsLog(stock.api), via: "stock" }),
    ];
  });
  return begin({
    ...{ checker, counter, readers, writers, closers },
    stop: new AbortController(),
    readersOfEach: readers.length,
  });
}

/**
 * Traders of each line in one room: each buys and sells in turn by the typed API, the same client id until it is acknowledged, and follows the
 * room; so do an agent and the stock client of each line.
 */
export async function startTrades({ lines, postTo, everyMs }: TrafficOptions): Promise<Traffic> {
  const checker = new Checker();
  const counter = countdown();
  const { id: roomId } = await createRoom(postTo(), "Soak");
  const names = lines.flatMap(({ users }) => users);
  const closers: (() => void)[] = [];
  const writers: NumberedWriter[] = [];
  const readers: CheckedReader[] = [];
  const follow = (name: string, api: Parameters<typeof roomLog>[0], via: ReaderOptions["via"] = "followLog") =>
    readers.push(checker.reader({ name, topic: "room", subscribe: roomLog(api, roomId), writers: names, via }));
  for (const { server, users } of lines) {
    for (const user of users) {
      const token = await mintToken({ sub: user });
      await callApi(postTo(), token).trading.rooms.join.mutate({ roomId });
      const trader = createClient({ url: server.origin, token });
      closers.push(() => trader.close());
      const post = ({ clientId, text }: { clientId: string; text: string }) => {
        const { number = 0 } = readNumber(text) ?? {};
        const trade = { roomId, side: number % 2 === 1 ? "buy" : "sell", amount: amountOf(number), clientId };
        return postOnce(postTo(), "/trpc/trading.trade", trade, token);
      };
      writers.push(checker.writer({ name: user, everyMs, onAcknowledged: counter.step, post }));
      follow(user, trader.api);
    }
    const stock = connectApi(postTo(), ADMIN_KEY, server);
    closers.push(() => void stock.close());
    follow("stock", stock.api as never, "stock");
  }
  const readersOfEach = readers.length;
  return begin({ checker, counter, stop: new AbortController(), readers, writers, closers, readersOfEach });
}

async function postWebhook(server: Peer, account: string, texts: readonly string[]): Promise<boolean> {
  const messaging = texts.map((text) => ({
    sender: { id: "customer" },
    recipient: { id: account },
    timestamp: Date.now(),
    message: { mid: text, text },
  }));
  const raw = JSON.stringify({ object: "instagram", entry: [{ id: account, time: Date.now(), messaging }] });
  const signature = createHmac("sha256", INSTAGRAM_APP_SECRET).update(raw).digest("hex");
  const headers = { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` };
  const { status } = await call(server, "/api/webhooks/instagram", {
    raw,
    headers,
    signal: AbortSignal.timeout(5_000),
  });
  return status === 200;
}

import { createClient } from "@pult/api/client.ts";
import { Checker, type CheckerReport, conversationLog, customerLog, inboxLog, type ReaderOptions } from "./checker.ts";
import { beginConversation } from "./desk.ts";
import { ADMIN_KEY, mintToken } from "./installation.ts";
import { postAsCustomer } from "./numbered-writer.ts";
import { connectApi } from "./trpc-client.ts";

export interface TrafficOptions {
  /** The readers of each line: a customer of that name, an agent in their conversation, and the inbox. */
  lines: readonly { socketOrigin: string; users: readonly string[] }[];
  /** Where the next message is posted; it may change. */
  postOrigin: () => string;
  /** Rest of each writer between two messages, milliseconds. */
  everyMs: number;
}

/** Writers who write all the time and readers who are held to it. Clients are made once: none is replaced, whatever happens. */
export interface Traffic {
  readonly checker: Checker;
  /** Resolves after so many more messages were acknowledged. */
  more(messages: number): Promise<void>;
  /** Ends writing and waits for the readers to have everything. */
  finish(timeoutMs?: number): Promise<CheckerReport>;
  close(): void;
}

/** Who gets every message: the customer, the customer by the stock client, and an agent. */
export const READERS_OF_EACH = 3;

export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const checker = new Checker();
  const counter = countdown();
  const stop = new AbortController();
  const crowd = new Crowd(checker, options);
  for (const line of options.lines) await crowd.join(line, counter.step);
  await Promise.all(crowd.readers.map((reader) => reader.live()));
  const writing = Promise.all(crowd.writers.map((writer) => writer.run(stop.signal)));
  writing.catch(() => {});
  return {
    checker,
    more: (messages) => Promise.race([counter.more(messages), writing.then(() => {})]),
    async finish(timeoutMs) {
      stop.abort();
      await writing;
      return checker.settle(timeoutMs);
    },
    close() {
      stop.abort();
      checker.stop();
      for (const close of crowd.closers) close();
    },
  };
}

class Crowd {
  readonly readers: { live(): Promise<void> }[] = [];
  readonly writers: { run(stop: AbortSignal): Promise<void> }[] = [];
  readonly closers: (() => void)[] = [];
  readonly #checker: Checker;
  readonly #options: TrafficOptions;

  constructor(checker: Checker, options: TrafficOptions) {
    this.#checker = checker;
    this.#options = options;
  }

  async join(line: TrafficOptions["lines"][number], onAcknowledged: () => void): Promise<void> {
    const { postOrigin } = this.#options;
    const agent = createClient({ url: line.socketOrigin, token: ADMIN_KEY });
    const stock = connectApi(postOrigin(), ADMIN_KEY, { socketOrigin: line.socketOrigin });
    this.closers.push(
      () => agent.close(),
      () => void stock.close(),
    );
    this.#read({ name: "inbox", topic: "inbox", subscribe: inboxLog(agent.api), writers: [] });
    this.#readStock({ name: "stock inbox", topic: "inbox", subscribe: inboxLog(stock.api), writers: [] });
    for (const user of line.users) {
      const conversationId = await beginConversation(postOrigin(), user);
      const writers = [`${user}-customer`, `${user}-agent`] as const;
      this.#write(writers[0], onAcknowledged, (message) =>
        postAsCustomer(postOrigin(), ADMIN_KEY, { userId: user, ...message }),
      );
      this.#write(writers[1], onAcknowledged, (message) => replyOnce(postOrigin(), { conversationId, ...message }));
      const customer = createClient({ url: line.socketOrigin, token: await mintToken({ sub: user }) });
      this.closers.push(() => customer.close());
      const own = { topic: `customer:${user}`, writers };
      const agents = { topic: `conversation:${user}`, writers };
      this.#read({ ...own, name: user, subscribe: customerLog(customer.api) });
      this.#readStock({ ...own, name: `stock ${user}`, subscribe: customerLog(stock.api, user) });
      this.#read({ ...agents, name: `agent of ${user}`, subscribe: conversationLog(agent.api, conversationId) });
    }
  }

  #read(options: ReaderOptions): void {
    this.readers.push(this.#checker.reader(options));
  }

  #readStock(options: ReaderOptions): void {
    this.#read({ ...options, via: "stock" });
  }

  #write(
    name: string,
    onAcknowledged: () => void,
    post: (message: { text: string; clientId: string }) => Promise<boolean>,
  ): void {
    this.writers.push(this.#checker.writer({ name, everyMs: this.#options.everyMs, onAcknowledged, post }));
  }
}

/** A counter that can be waited for. */
function countdown() {
  let count = 0;
  let due: { at: number; resolve: () => void } | null = null;
  return {
    step() {
      count += 1;
      if (due && count >= due.at) due.resolve();
    },
    more: (steps: number) =>
      new Promise<void>((resolve) => {
        due = { at: count + steps, resolve };
      }),
  };
}

async function replyOnce(
  origin: string,
  input: { conversationId: number; text: string; clientId: string },
): Promise<boolean> {
  const response = await fetch(`${origin}/trpc/support.reply`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(5_000),
  });
  await response.text();
  return response.status === 200;
}

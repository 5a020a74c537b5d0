import { createClient } from "@pult/api/client.ts";
import type { Peer } from "./calls.ts";
import {
  type CheckedReader,
  Checker,
  type CheckerReport,
  conversationLog,
  customerLog,
  inboxLog,
  type ReaderOptions,
} from "./checker.ts";
import { beginConversation } from "./desk.ts";
import { ADMIN_KEY, mintToken } from "./installation.ts";
import { countdown } from "./mailbox.ts";
import { type NumberedWriter, postAsCustomer, postOnce, type WriterOptions } from "./numbered-writer.ts";
import { connectApi } from "./trpc-client.ts";

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
  await Promise.all(readers.map((reader) => reader.live()));
  const writing = Promise.all(writers.map((writer) => writer.run(stop.signal)));
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
      for (const close of closers) close();
    },
  };
}

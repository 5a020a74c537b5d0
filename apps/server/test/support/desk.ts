import { createClient } from "@pult/api/client.ts";
import { type Cell, type ServerOptions, type ServerUnderTest, startServer } from "../server-under-test.ts";
import { sendMessage } from "./calls.ts";
import { type Checker, conversationLog, customerLog, inboxLog } from "./checker.ts";
import { ADMIN_KEY, JWT_SECRET, mintToken } from "./installation.ts";
import { postAsCustomer } from "./numbered-writer.ts";
import { connectApi } from "./trpc-client.ts";

/** Without Telegram and push: what is tested here is what happens between server and sockets. */
export const DESK_ENV = { JWT_SECRET, PULT_ADMIN_KEY: ADMIN_KEY };

export function startDesk(cell: Partial<Cell> = {}, options: ServerOptions = {}): Promise<ServerUnderTest> {
  return startServer({ ...cell, ...options, env: { ...DESK_ENV, ...options.env } });
}

/** Writes a first message and finds the conversation that it began. */
export async function beginConversation(origin: string, userId: string): Promise<number> {
  const answer = await sendMessage(origin, { user_id: userId, message: "Good morning" }, { token: ADMIN_KEY });
  if (answer.status !== 200) throw new Error(`Not sent: ${answer.status} ${answer.text}`);
  const { api, close } = connectApi(origin, ADMIN_KEY);
  try {
    const { conversations } = await api.support.inbox.query({ search: userId, limit: 100 });
    const row = conversations.find(({ customer }) => customer.id === userId);
    if (!row) throw new Error(`No conversation of ${userId}`);
    return row.id;
  } finally {
    await close();
  }
}

export interface CrowdOptions {
  checker: Checker;
  /** Where readers connect, and where writers post; they may change. */
  socketOrigin: string;
  postOrigin: () => string;
  users: readonly string[];
  everyMs: number;
  onAcknowledged?: () => void;
}

/**
 * A customer and an agent who write in each conversation, and who reads along: the customer by his own token, an agent, the inbox, and the
 * stock client without help. Clients are made once: none is replaced, whatever happens.
 */
export async function openCrowd(options: CrowdOptions) {
  const { checker, socketOrigin, postOrigin, users, everyMs } = options;
  const onAcknowledged = () => options.onAcknowledged?.();
  const agent = createClient({ url: socketOrigin, token: ADMIN_KEY });
  const stock = connectApi(postOrigin(), ADMIN_KEY, { socketOrigin });
  const closers = [() => agent.close(), () => void stock.close()];
  const readers = [
    checker.reader({ name: "inbox", topic: "inbox", subscribe: inboxLog(agent.api), writers: [] }),
    checker.reader({ name: "stock", topic: "inbox", subscribe: inboxLog(stock.api), writers: [], via: "stock" }),
  ];
  const writers = [];
  for (const user of users) {
    const conversationId = await beginConversation(postOrigin(), user);
    const names = [`${user}-customer`, `${user}-agent`] as const;
    const token = await mintToken({ sub: user });
    const customer = createClient({ url: socketOrigin, token });
    closers.push(() => customer.close());
    const [asCustomer, asAgent] = [`customer:${user}`, `conversation:${user}`];
    readers.push(
      checker.reader({ name: asCustomer, topic: asCustomer, subscribe: customerLog(customer.api), writers: names }),
      checker.reader({
        name: `stock ${user}`,
        topic: asCustomer,
        subscribe: customerLog(stock.api, user),
        writers: names,
        via: "stock",
      }),
      checker.reader({
        name: asAgent,
        topic: asAgent,
        subscribe: conversationLog(agent.api, conversationId),
        writers: names,
      }),
    );
    writers.push(
      checker.writer({
        name: names[0],
        everyMs,
        onAcknowledged,
        post: (message) => postAsCustomer(postOrigin(), ADMIN_KEY, { userId: user, ...message }),
      }),
      checker.writer({
        name: names[1],
        everyMs,
        onAcknowledged,
        post: (message) => replyOnce(postOrigin(), { conversationId, ...message }),
      }),
    );
  }
  await Promise.all(readers.map((reader) => reader.live()));
  return {
    readers,
    writers,
    close() {
      checker.stop();
      for (const close of closers) close();
    },
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

import { type Cell, type ServerOptions, type ServerUnderTest, startServer } from "../server-under-test.ts";
import { type Peer, sendMessage } from "./calls.ts";
import { ADMIN_KEY, JWT_SECRET } from "./installation.ts";
import { callApi } from "./trpc-client.ts";

/** Without Telegram and push: what is tested here is what happens between server and sockets. */
export function startDesk(cell: Partial<Cell> = {}, options: ServerOptions = {}): Promise<ServerUnderTest> {
  return startServer({ ...cell, ...options, env: { JWT_SECRET, PULT_ADMIN_KEY: ADMIN_KEY, ...options.env } });
}

/** The conversation of the customer with this id or name, as the inbox lists it. */
export async function rowOf(server: Peer, who: string) {
  const { conversations } = await callApi(server).support.inbox.query({ search: who, limit: 100 });
  const row = conversations.find(({ customer: { id, name } }) => id === who || name === who);
  if (!row) throw new Error(`No conversation of ${who}`);
  return row;
}

/** Writes a first message and finds the conversation that it began. */
export async function beginConversation(server: Peer, userId: string): Promise<number> {
  const answer = await sendMessage(server, { user_id: userId, message: "Good morning" }, { token: ADMIN_KEY });
  if (answer.status !== 200) throw new Error(`Not sent: ${answer.status} ${answer.text}`);
  return (await rowOf(server, userId)).id;
}

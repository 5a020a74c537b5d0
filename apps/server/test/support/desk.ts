import { type Cell, type ServerOptions, type ServerUnderTest, startServer } from "../server-under-test.ts";
import { sendMessage } from "./calls.ts";
import { ADMIN_KEY, JWT_SECRET } from "./installation.ts";
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

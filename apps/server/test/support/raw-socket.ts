import { WebSocket } from "ws";
import type { Peer } from "./calls.ts";
import { Mailbox } from "./mailbox.ts";

/** A tRPC message as it travels. */
export interface Message {
  id?: string | number | null;
  method?: string;
  error?: { code: number; message: string; data: { code: string; reason?: string; retryAfterSeconds?: number } };
  /** `data` of a tracked event holds its id and its own data. */
  result?: { type: string; id?: string; data?: { id?: string; data?: { type?: string } } };
}

export const query = (id: unknown, path = "auth.me", input?: unknown) => ({
  id,
  method: "query",
  params: { path, input },
});
export const follow = (id: unknown, path = "support.onInbox", input: unknown = {}) => ({
  id,
  method: "subscription",
  params: { path, input },
});
export const stopOf = (id: unknown) => ({ id, method: "subscription.stop" });

export interface RawSocket {
  socket: WebSocket;
  messages: Mailbox<Message>;
  closed: Promise<{ code: number; reason: string }>;
  send(message: unknown): void;
  /** The first answer with this id. */
  answer(id: string | number | null): Promise<Message>;
  /** Asks who the caller is, under an id of its own. */
  ask(): Promise<Message>;
  /** Subscribes under this id, and waits for the first that comes. */
  follow(id: string | number, path?: string, input?: unknown): Promise<Message>;
}

/** A WebSocket without a client's manners. Resolves when it is open; rejects with the status of a refusal. */
export async function openRaw(
  { origin }: Peer,
  { path = "/trpc", headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(origin.replace(/^http/, "ws") + path, { headers, perMessageDeflate: false });
  const messages = new Mailbox<Message>();
  socket.on("message", (data) => {
    const text = String(data);
    if (text !== "PING") messages.push(JSON.parse(text));
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
      socket.terminate();
    });
    socket.on("error", reject);
  });
  const send = (message: unknown) => socket.send(typeof message === "string" ? message : JSON.stringify(message));
  const answer = (id: unknown) => messages.first((message) => message.id === id);
  let asked = 0;
  return {
    socket,
    messages,
    closed,
    send,
    answer,
    ask() {
      const id = `asked ${++asked}`;
      send(query(id));
      return answer(id);
    },
    follow(id, path, input) {
      send(follow(id, path, input));
      return messages.first((message) => message.id === id && message.result?.type === "data");
    },
  };
}

/** Opens with `connectionParams`, as the stock client does. */
export async function openRawAs(server: Peer, token: string): Promise<RawSocket> {
  const raw = await openRaw(server, { path: "/trpc?connectionParams=1" });
  raw.send({ method: "connectionParams", data: { token } });
  return raw;
}

import { io, type Socket } from "socket.io-client";
import type { HistoryMessage, Peer } from "./calls.ts";
import { Mailbox } from "./mailbox.ts";

export type ChatEvent =
  | { name: "joined"; data: { user_id: string } }
  | { name: "new_message"; data: HistoryMessage }
  | { name: "error"; data: { message: string } }
  | { name: "refused"; data: string }
  | { name: "disconnect"; data: string };

export interface ChatSocket {
  events: Mailbox<ChatEvent>;
  socket: Socket;
  /** Joins and waits for the answer to it, whichever it is. */
  join(userId: unknown): Promise<ChatEvent>;
  message(text: string): Promise<HistoryMessage>;
  close(): void;
}

/** The stock Socket.IO client on one transport. */
export function connectChat(
  { origin }: Peer,
  options: {
    transport?: "polling" | "websocket";
    auth?: Record<string, string>;
    headers?: Record<string, string>;
    query?: Record<string, string>;
  } = {},
): ChatSocket {
  const { transport = "websocket", auth = {}, headers = {}, query = {} } = options;
  const socket = io(origin, {
    transports: [transport],
    auth,
    extraHeaders: headers,
    query,
    reconnection: false,
    forceNew: true,
  });
  const events = new Mailbox<ChatEvent>();
  socket.on("joined", (data) => events.push({ name: "joined", data }));
  socket.on("new_message", (data) => events.push({ name: "new_message", data }));
  socket.on("error", (data) => events.push({ name: "error", data }));
  socket.on("connect_error", (error) => events.push({ name: "refused", data: describe(error) }));
  socket.on("disconnect", (reason) => events.push({ name: "disconnect", data: reason }));
  return {
    events,
    socket,
    join(userId) {
      const seen = events.all.length;
      socket.emit("join_chat", { user_id: userId });
      return events.until((all) => all.slice(seen).find(({ name }) => name !== "new_message"));
    },
    async message(text) {
      const event = await events.first((one) => one.name === "new_message" && one.data.message === text);
      if (event.name !== "new_message") throw new Error("Not a message");
      return event.data;
    },
    close: () => void socket.disconnect(),
  };
}

/** Why a connection was refused; the transport's own status where there is one. */
function describe(error: Error & { description?: unknown; context?: unknown }): string {
  const { description } = error;
  if (typeof description === "number") return `${error.message} ${description}`;
  if (typeof description === "object" && description !== null && "message" in description)
    return `${error.message} ${description.message}`;
  return error.message;
}

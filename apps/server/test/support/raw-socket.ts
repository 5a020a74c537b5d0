import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { WebSocket } from "ws";
import { Mailbox } from "./mailbox.ts";

/** A tRPC message as it travels. */
export interface Message {
  id?: string | number | null;
  method?: string;
  error?: { code: number; message: string; data: { code: string; reason?: string; retryAfterSeconds?: number } };
  /** `data` of a tracked event holds its id and its own data. */
  result?: { type: string; id?: string; data?: { id?: string; data?: { type?: string } } };
}

export interface RawSocket {
  socket: WebSocket;
  messages: Mailbox<Message>;
  closed: Promise<{ code: number; reason: string }>;
  send(message: unknown): void;
  /** The first answer with this id. */
  answer(id: string | number | null): Promise<Message>;
}

/** A WebSocket without a client's manners. Resolves when it is open; rejects with the status of a refusal. */
export async function openRaw(
  origin: string,
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
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    answer: (id) => messages.first((message) => message.id === id),
  };
}

/** Opens with `connectionParams`, as the stock client does. */
export async function openRawAs(origin: string, token: string): Promise<RawSocket> {
  const raw = await openRaw(origin, { path: "/trpc?connectionParams=1" });
  raw.send({ method: "connectionParams", data: { token } });
  return raw;
}

/** A way to the server that can be cut. */
export interface Line {
  origin: string;
  /** Ends every connection at once, and takes none until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openLine(port: number): Promise<Line> {
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end.on("error", () => other.destroy());
      end.on("close", () => {
        ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const destroyAll = () => {
    for (const end of ends) end.destroy();
  };
  return {
    origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    cut() {
      isCut = true;
      destroyAll();
    },
    mend() {
      isCut = false;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      destroyAll();
      await closed;
    },
  };
}

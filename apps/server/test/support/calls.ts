import { request } from "node:http";
import { connect } from "node:net";

/** What listens at an address. */
export interface Peer {
  readonly origin: string;
}

/** Every field that an answer of the support protocol, or an error of ours, may have. */
export interface Body {
  success?: boolean;
  error?: string;
  message_id?: number;
  photo_url?: string | null;
  photo_urls?: string[];
  photo_count?: number;
  message?: string;
  messages?: HistoryMessage[];
  greeting_sent?: boolean;
  device_count?: number;
  registered?: boolean;
  has_tokens?: boolean;
  user_id?: string;
  status?: string;
}

export interface HistoryMessage {
  message_id: number;
  message: string;
  photo_url: string | null;
  photo_urls: string[];
  direction: "user" | "support";
  created_at: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  form?: FormData;
  /** Sent as it is. */
  raw?: string | Uint8Array<ArrayBuffer>;
  /** Bearer. */
  token?: string;
  signal?: AbortSignal;
}

/** One request by plain fetch. A body that is no JSON leaves `body` empty. */
export async function call({ origin }: Peer, path: string, options: CallOptions = {}): Promise<Answer> {
  const { json, form, raw, token, signal } = options;
  const content = form ?? raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const response = await fetch(origin + path, {
    method: options.method ?? (content === undefined ? "GET" : "POST"),
    headers: {
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...options.headers,
    },
    ...(content === undefined ? {} : { body: content }),
    redirect: "manual",
    ...(signal ? { signal } : {}),
  });
  return toAnswer(response.status, response.headers, await response.text());
}

/** A request whose target reaches the server exactly as written; `fetch` would tidy it up. */
export function callLiterally({ origin }: Peer, target: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: target, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const received = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        resolve(toAnswer(response.statusCode ?? 0, new Headers(received), Buffer.concat(chunks).toString("utf8")));
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** A client that reads nothing before it has written everything. @returns the status line's number */
export function callDeaf(
  { origin }: Peer,
  path: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<number> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.pause();
  const lines = Object.entries({ host: "x", "content-length": String(body.length), ...headers });
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.write(body, () => socket.resume());
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.once("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
  });
}

function toAnswer(status: number, headers: Headers, text: string): Answer {
  let body: Body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: the text says it all.
  }
  return { status, headers, text, body };
}

export interface FormPhoto {
  bytes: Uint8Array;
  name?: string;
  type?: string;
}

/** The documented multipart form: text fields, then `photo`, once or several times. */
export function photoForm(fields: Record<string, string>, photos: FormPhoto[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const { bytes, name = "photo.jpg", type = "image/jpeg" } of photos) {
    form.append("photo", new Blob([new Uint8Array(bytes)], { type }), name);
  }
  return form;
}

export const sendMessage = (server: Peer, fields: Record<string, unknown>, options: CallOptions = {}) =>
  call(server, "/send_message", { ...options, json: fields });

/** The same with photos, as the documented form. */
export const sendPhotos = (
  server: Peer,
  fields: Record<string, string>,
  { photos, ...options }: CallOptions & { photos: FormPhoto[] },
) => call(server, "/send_message", { ...options, form: photoForm(fields, photos) });

/** What a customer sees, oldest first. */
export async function historyOf(
  server: Peer,
  userId: string,
  options: CallOptions & { limit?: number } = {},
): Promise<HistoryMessage[]> {
  const { limit = 200, ...rest } = options;
  const answer = await call(server, `/message_history/${encodeURIComponent(userId)}?limit=${limit}`, rest);
  if (answer.status !== 200 || !answer.body.messages)
    throw new Error(`No history: ${answer.status} ${answer.text.slice(0, 500)}`);
  return answer.body.messages;
}

/** What the customer wrote, oldest first. */
export async function writtenBy(server: Peer, userId: string, options: CallOptions = {}): Promise<string[]> {
  const messages = await historyOf(server, userId, options);
  return messages.filter(({ direction }) => direction === "user").map(({ message }) => message);
}

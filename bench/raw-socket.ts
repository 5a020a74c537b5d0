import { randomBytes } from "node:crypto";
import { connect } from "node:net";

/** A WebSocket without a client's machinery, so that ten thousand of them cost little. */
export interface RawSocket {
  send(text: string): void;
  /** Ends it at once, as a cut line would. */
  cut(): void;
}

export interface RawSocketOptions {
  port: number;
  path: string;
  /** A whole text message; the bytes are good until it returns. */
  onMessage(payload: Buffer): void;
  onClose?(): void;
}

/** @throws Error with the server's answer when it refuses */
export function openRawSocket({ port, path, onMessage, onClose }: RawSocketOptions): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    // Source addresses of their own, so that ports of earlier runs that still linger do not run out.
    const localAddress = `127.0.0.${2 + Math.floor(Math.random() * 200)}`;
    const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
    socket.on("error", reject);
    socket.once("connect", () => {
      const key = randomBytes(16).toString("base64");
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
    });
    if (onClose) socket.once("close", onClose);
    let greeting = "";
    socket.on("data", function hello(chunk: Buffer) {
      greeting += chunk.toString("latin1");
      const end = greeting.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!greeting.startsWith("HTTP/1.1 101")) {
        reject(new Error(greeting.slice(0, 200)));
        return;
      }
      socket.off("data", hello);
      const frames = new FrameReader(onMessage);
      socket.on("data", (data: Buffer) => frames.read(data));
      if (greeting.length > end + 4) frames.read(Buffer.from(greeting.slice(end + 4), "latin1"));
      resolve({ send: (text) => socket.write(maskedFrame(text)), cut: () => socket.destroy() });
    });
  });
}

function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const head =
    payload.length <= 125
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return Buffer.concat([head, mask, payload]);
}

/** Cuts what a server sends into messages: unmasked, unfragmented text frames; others are passed over. */
class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  readonly #onMessage: (payload: Buffer) => void;

  constructor(onMessage: (payload: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  read(chunk: Buffer): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const size = sizeOf(data, at);
      if (!size || data.length - at < size.head + size.payload) break;
      const start = at + size.head;
      at = start + size.payload;
      if (((data[at - size.payload - size.head] ?? 0) & 0x0f) === 1) this.#onMessage(data.subarray(start, at));
    }
    this.#rest = at === data.length ? Buffer.alloc(0) : Buffer.from(data.subarray(at));
  }
}

/** @returns null while the head is incomplete */
function sizeOf(data: Buffer, at: number): { head: number; payload: number } | null {
  const left = data.length - at;
  if (left < 2) return null;
  const short = (data[at + 1] ?? 0) & 0x7f;
  if (short < 126) return { head: 2, payload: short };
  if (short === 126) return left < 4 ? null : { head: 4, payload: data.readUInt16BE(at + 2) };
  return left < 10 ? null : { head: 10, payload: Number(data.readBigUInt64BE(at + 2)) };
}

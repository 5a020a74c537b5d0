import { connect, type Socket } from "node:net";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One client's frame, masked with zeros unless told otherwise, so that tests can read what they send. */
export function frame(
  payload: string | Uint8Array,
  { opcode = OPCODE.text as number, fin = true, rsv = 0, masked = true } = {},
): Buffer {
  const body = Buffer.from(payload);
  const length = body.length;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + (masked ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, body]);
}

/** A WebSocket without a library: bytes as they are. */
export interface FrameSocket {
  socket: Socket;
  /** What has come since the upgrade; only while the socket is not paused. */
  received(): Buffer;
  /** Code of the server's close frame, null when the connection ended without one. */
  closed: Promise<number | null>;
}

/** Upgrades by hand; resolves after the 101. @throws Error with the status line of a refusal */
export function openFrames(port: number, path: string, headers: Record<string, string> = {}): Promise<FrameSocket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(upgradeRequest(path, headers));
  let bytes: Buffer[] = [];
  let isOpen = false;
  const received = () => {
    bytes = [Buffer.concat(bytes)];
    return bytes[0] ?? Buffer.alloc(0);
  };
  const closed = new Promise<number | null>((resolve) => {
    socket.once("close", () => resolve(closeCodeIn(received())));
  });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("The connection ended before the upgrade")));
    socket.on("data", (chunk: Buffer) => {
      bytes.push(chunk);
      if (isOpen) return;
      const all = received();
      const end = all.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!all.subarray(0, end).includes(" 101 ")) {
        reject(new Error(`refused: ${all.subarray(0, all.indexOf("\r\n"))}`));
        socket.destroy();
        return;
      }
      isOpen = true;
      bytes = [all.subarray(end + 4)];
      resolve({ socket, received, closed });
    });
  });
}

export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const lines = {
    Host: "x",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": Buffer.alloc(16, 7).toString("base64"),
    ...headers,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${text.join("\r\n")}\r\n\r\n`;
}

interface ServerFrame {
  opcode: number;
  payload: Buffer;
}

/** The whole frames at the start of what a server sent. */
export function* readFrames(bytes: Buffer): Generator<ServerFrame> {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (start > bytes.length) return;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (start + length > bytes.length) return;
    yield { opcode: (bytes[at] ?? 0) & 0x0f, payload: bytes.subarray(start, start + length) };
    at = start + length;
  }
}

function closeCodeIn(bytes: Buffer): number | null {
  for (const { opcode, payload } of readFrames(bytes)) {
    if (opcode === OPCODE.close) return payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
  }
  return null;
}

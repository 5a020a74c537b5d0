import { connect } from "node:net";
import { frame, OPCODE, readFrames, upgradeRequest } from "../apps/server/test/support/raw-frames.ts";

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
    let rest = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let end = 0;
      for (const { opcode, payload } of readFrames(data)) {
        end = payload.byteOffset - data.byteOffset + payload.length;
        if (opcode === OPCODE.text) onMessage(payload);
        if (opcode === OPCODE.ping) socket.write(frame(payload, { opcode: OPCODE.pong }));
      }
      rest = Buffer.from(data.subarray(end));
    };
    socket.on("error", reject);
    socket.write(upgradeRequest(path));
    if (onClose) socket.once("close", onClose);
    let greeting = Buffer.alloc(0);
    socket.on("data", function hello(chunk: Buffer) {
      greeting = Buffer.concat([greeting, chunk]);
      const end = greeting.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!greeting.toString("latin1").startsWith("HTTP/1.1 101")) {
        reject(new Error(greeting.toString("latin1", 0, 200)));
        return;
      }
      socket.off("data", hello);
      socket.on("data", read);
      resolve({ send: (text) => socket.write(frame(text)), cut: () => socket.destroy() });
      read(greeting.subarray(end + 4));
    });
  });
}

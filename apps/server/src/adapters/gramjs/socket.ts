import { connect, type Socket } from "node:net";

export interface Endpoint {
  host: string;
  port: number;
}

/** Above that a packet is none of Telegram's. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;

/**
 * One TCP connection, read as gramjs reads: so many bytes at a time. What arrived before the end can still be read after it.
 */
export class TelegramSocket {
  /** Unix ms of the last bytes from the other side. */
  heardAt = 0;
  readonly #endpoint: Endpoint;
  readonly #timeoutMs: number;
  readonly #onEnd: () => void;
  #socket: Socket | null = null;
  #chunks: Buffer[] = [];
  #available = 0;
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(options: { endpoint: Endpoint; timeoutMs: number; onEnd: () => void }) {
    this.#endpoint = options.endpoint;
    this.#timeoutMs = options.timeoutMs;
    this.#onEnd = options.onEnd;
  }

  /** To its endpoint; the address and port that gramjs passes are ignored. */
  async connect(): Promise<void> {
    const socket = connect(this.#endpoint);
    this.#socket = socket;
    socket.setNoDelay(true);
    const opened = Promise.withResolvers<void>();
    const timer = setTimeout(() => socket.destroy(new Error("The connection was not opened in time")), this.#timeoutMs);
    socket.once("connect", opened.resolve);
    socket.once("error", opened.reject);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("close", () => {
      clearTimeout(timer);
      opened.reject(new Error("The connection was closed"));
      this.#end();
    });
    await opened.promise;
    clearTimeout(timer);
  }

  #receive(chunk: Buffer): void {
    this.heardAt = Date.now();
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    this.#wake();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#wake();
    this.#onEnd();
  }

  /** @throws Error once the connection has ended */
  async readExactly(size: number): Promise<Buffer> {
    if (size < 0 || size > MAX_PACKET_BYTES) throw new Error(`A packet of ${size} bytes`);
    while (this.#available < size) {
      if (this.#hasEnded) throw new Error("The connection was closed");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#take(size);
  }

  #take(size: number): Buffer {
    const whole = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    if (!whole) return Buffer.alloc(0);
    this.#available = whole.length - size;
    this.#chunks = this.#available > 0 ? [whole.subarray(size)] : [];
    return whole.subarray(0, size);
  }

  write(bytes: Buffer): void {
    if (this.#hasEnded || !this.#socket) throw new Error("The connection was closed");
    this.#socket.write(bytes);
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    this.#end();
  }
}

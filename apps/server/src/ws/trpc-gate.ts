import { EventEmitter } from "node:events";
import { DomainError } from "@pult/api/errors.ts";
import type { WebSocket } from "ws";

/** Limits of one tRPC socket. @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4 for the close codes */
export const SOCKET_LIMITS = {
  messageBytes: 64 * 1024,
  fragments: 64,
  subscriptions: 128,
  /** Queries and mutations under way. */
  inFlight: 100,
  queueBytes: 1024 * 1024,
  authenticateMs: 10_000,
};

export const CLOSE = { policy: 1008, restart: 1012, tryAgain: 1013 } as const;

interface GateOptions {
  socket: WebSocket;
  /** The client announced that its first message is `connectionParams`. */
  expectsParams: boolean;
  /** Resolves once it is known whose socket this is; until then nothing can be counted, so nothing is passed on. */
  identified: Promise<void>;
  /** Counts calls of this socket's user. @throws DomainError `RATE_LIMITED` */
  count(calls: number): Promise<void>;
  log(fields: object, message: string): void;
}

interface Call {
  id: string | number;
  method: string;
}

/**
 * Stands between a socket and tRPC's handler: tRPC sees only what is within the limits, and whatever it sends waits for no slow reader.
 * Has the part of `ws`'s interface that the handler uses.
 */
export class TrpcGate extends EventEmitter {
  readonly #socket: WebSocket;
  readonly #options: GateOptions;
  readonly #subscriptions = new Set<string | number>();
  readonly #inFlight = new Set<string | number>();
  #awaitsParams: boolean;
  #deadline: NodeJS.Timeout | null = null;
  /** Messages keep their order although counting them takes a turn. */
  #queue: Promise<void>;

  constructor(options: GateOptions) {
    super();
    this.#options = options;
    this.#socket = options.socket;
    this.#queue = options.identified;
    this.#awaitsParams = options.expectsParams;
    if (this.#awaitsParams) {
      this.#deadline = setTimeout(
        () => this.close(CLOSE.policy, "Not authenticated in time"),
        SOCKET_LIMITS.authenticateMs,
      );
    }
    this.#socket.on("message", (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    this.#socket.on("error", (error) => options.log({ reason: error.message }, "A socket failed"));
    this.#socket.once("close", (...args) => {
      if (this.#deadline) clearTimeout(this.#deadline);
      this.emit("close", ...args);
    });
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(data: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > SOCKET_LIMITS.queueBytes) {
      this.close(CLOSE.tryAgain, "Too slow; come back and resume");
      return;
    }
    this.#socket.send(data);
  }

  /** tRPC closes without a code only what it refuses. A peer that does not answer the close is cut after a second. */
  close(code: number = CLOSE.policy, reason = ""): void {
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Notes what tRPC answers, to know what is still under way. */
  answered(id: string | number | null, result: "data" | "started" | "stopped" | "error"): void {
    if (id === null) return;
    if (result === "stopped" || result === "error") this.#subscriptions.delete(id);
    if (!this.#subscriptions.has(id)) this.#inFlight.delete(id);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#refuse(null, new DomainError("VALIDATION", "Binary messages are not understood"));
      return;
    }
    const text = data.toString();
    if (text === "PING" || text === "PONG") {
      this.emit("message", data, false);
      return;
    }
    if (this.#awaitsParams) {
      this.#receiveParams(data, text);
      return;
    }
    this.#queue = this.#queue.then(() => this.#admit(data, text));
  }

  #receiveParams(data: Buffer, text: string): void {
    if (this.#deadline) clearTimeout(this.#deadline);
    if (!isParamsMessage(text)) {
      this.#refuse(null, new DomainError("UNAUTHORIZED", "Malformed connectionParams"));
      this.close(CLOSE.policy, "Malformed connectionParams");
      return;
    }
    this.#awaitsParams = false;
    this.emit("message", data, false);
  }

  async #admit(data: Buffer, text: string): Promise<void> {
    const calls = readCalls(text);
    const counted = calls.filter((call) => call.method !== "subscription.stop");
    try {
      await this.#options.count(counted.length);
      this.#checkRoom(counted);
    } catch (error) {
      for (const call of counted) this.#refuse(call.id, error);
      return;
    }
    for (const call of counted) (call.method === "subscription" ? this.#subscriptions : this.#inFlight).add(call.id);
    this.emit("message", data, false);
  }

  #checkRoom(calls: Call[]): void {
    const ids = new Set(calls.map((call) => call.id));
    // An answer names its call by the id alone: two of one id could not be told apart, or counted.
    if (ids.size < calls.length || [...ids].some((id) => this.#subscriptions.has(id) || this.#inFlight.has(id))) {
      throw new DomainError("VALIDATION", "Duplicate id");
    }
    const subscriptions = calls.filter((call) => call.method === "subscription").length;
    if (subscriptions > 0 && this.#subscriptions.size + subscriptions > SOCKET_LIMITS.subscriptions) {
      throw new DomainError("RATE_LIMITED", `At most ${SOCKET_LIMITS.subscriptions} subscriptions on one connection`);
    }
    if (this.#inFlight.size + calls.length - subscriptions > SOCKET_LIMITS.inFlight + 100) {
      throw new DomainError("RATE_LIMITED", "Too many calls under way on one connection");
    }
  }

  #refuse(id: string | number | null, error: unknown): void {
    const known = error instanceof DomainError ? error : new DomainError("UNAVAILABLE", "Try again");
    const [code, name, httpStatus] = REFUSALS[known.code] ?? [-32_600, "BAD_REQUEST", 400];
    const data = { code: name, httpStatus, reason: known.code, retryAfterSeconds: known.retryAfterSeconds };
    this.send(JSON.stringify({ id, error: { message: known.message, code, data } }));
  }
}

const REFUSALS: Partial<Record<DomainError["code"], [code: number, name: string, httpStatus: number]>> = {
  UNAUTHORIZED: [-32_001, "UNAUTHORIZED", 401],
  RATE_LIMITED: [-32_029, "TOO_MANY_REQUESTS", 429],
  UNAVAILABLE: [-32_603, "SERVICE_UNAVAILABLE", 503],
};

function isParamsMessage(text: string): boolean {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== "object" || message === null) return false;
    const { method, data } = message as { method?: unknown; data?: unknown };
    const isFlat =
      typeof data === "object" && data !== null && Object.values(data).every((value) => typeof value === "string");
    return method === "connectionParams" && (data === null || isFlat);
  } catch {
    return false;
  }
}

/** What a message asks for; tRPC itself says what is wrong with the rest. */
function readCalls(text: string): Call[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return [parsed].flat().flatMap((one) => {
      const { id, method } = (one ?? {}) as { id?: unknown; method?: unknown };
      return (typeof id === "string" || typeof id === "number") && typeof method === "string" ? [{ id, method }] : [];
    });
  } catch {
    return [];
  }
}

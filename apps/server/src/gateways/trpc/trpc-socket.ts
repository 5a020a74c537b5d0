import { EventEmitter } from "node:events";
import { findDomainError, malformed, requestError } from "@pult/api/errors.ts";
import type { Attachment } from "@pult/api/realtime/view.ts";
import type { WebSocket } from "ws";
import type { Broadcaster } from "../../sockets/broadcaster.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import { frameOf } from "../../sockets/frame.ts";
import type { Member } from "../../sockets/member.ts";
import { MAX_QUEUED_BYTES, SocketWriter, type WriteTick } from "../../sockets/socket-writer.ts";
import { type RequestId, TRPC_PROTOCOL, trpcHead, trpcStopped } from "./envelope.ts";
import { type Call, encodeRefusal, isParamsMessage, isStop, type Part, readParts } from "./messages.ts";

/** Limits of one tRPC socket. */
export const SOCKET_LIMITS = {
  messageBytes: 64 * 1024,
  fragments: 64,
  subscriptions: 128,
  /** Queries and mutations under way; a whole batch fits. */
  inFlight: 200,
  /** Messages that wait to be counted; then the socket is not read until there are fewer. */
  waiting: 200,
  authenticateMs: 10_000,
  pingMs: 25_000,
  pongMs: 8_000,
};

const PING = frameOf("PING");
const PONG = frameOf("PONG");

interface GateOptions {
  socket: WebSocket;
  lane: Broadcaster;
  tick: WriteTick;
  /** The client announced that its first message is `connectionParams`. */
  expectsParams: boolean;
  /** Resolves once it is known whose socket this is; until then nothing can be counted, so nothing is passed on. */
  identified: Promise<void>;
  /** Counts calls of this socket's user. @throws DomainError `RATE_LIMITED` */
  count(calls: number): Promise<void>;
  /** Whether this socket's user may still follow it. */
  mayRead(view: Attachment["view"]): boolean;
  /** The queue was full. */
  slow(): void;
  /** Something that was not expected. */
  failed(error: unknown): void;
  log(fields: object, message: string): void;
}

/**
 * Stands between a socket and tRPC's handler: tRPC sees only what is within the limits, and whatever it sends waits for no slow reader.
 * Has the part of `ws`'s interface that the handler uses. Subscriptions that the handler answers with an attachment are the lane's from
 * then on; the gate keeps their contract: stop, errors, ids.
 */
export class TrpcSocket extends EventEmitter {
  readonly #socket: WebSocket;
  readonly #writer: SocketWriter;
  readonly #options: GateOptions;
  readonly #subscriptions = new Set<RequestId>();
  readonly #inFlight = new Set<RequestId>();
  readonly #attached = new Map<RequestId, { member: Member; jsonrpc: string | undefined }>();
  /** Attached ones whose end in tRPC's eyes is still to come, and is none. */
  readonly #handedOver = new Set<RequestId>();
  /** Ones that were stopped before it was known who delivers them. */
  readonly #stopping = new Set<RequestId>();
  #awaitsParams: boolean;
  #closing = false;
  readonly #openedAt = Date.now();
  #heardAt = this.#openedAt;
  #pinged = false;
  /** Messages keep their order although counting them takes a turn. */
  #queue: Promise<void>;
  #waiting = 0;

  constructor(options: GateOptions) {
    super();
    this.#options = options;
    this.#socket = options.socket;
    this.#writer = new SocketWriter(options.socket, options.tick);
    this.#queue = options.identified;
    this.#awaitsParams = options.expectsParams;
    this.#socket.on("message", (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    // ws answers a ping by itself; who reads none of the answers is as slow as one who reads no events.
    this.#socket.on("ping", () => this.#hasRoom());
    this.#socket.on("error", (error) => options.log({ reason: error.message }, "A socket failed"));
    this.#socket.once("close", (...args) => {
      this.#detachAll();
      this.emit("close", ...args);
    });
  }

  get readyState(): number {
    return this.#closing ? 2 : this.#socket.readyState;
  }

  /** Bytes that wait for the client to read. */
  get queued(): number {
    return this.#writer.queued;
  }

  /** Views the client follows. */
  get views(): Attachment["view"][] {
    return [...this.#attached.values()].map(({ member }) => member.view);
  }

  send(data: string): void {
    if (data !== "" && this.#hasRoom()) this.#writer.push(frameOf(data));
  }

  #hasRoom(): boolean {
    if (this.readyState !== 1) return false;
    if (this.#writer.queued <= MAX_QUEUED_BYTES) return true;
    this.#tooSlow();
    return false;
  }

  /** tRPC closes without a code only what it refuses. A peer that does not answer the close is cut after a second. */
  close(code: number = CLOSE.policy, reason = ""): void {
    if (this.#closing) return;
    this.#detachAll();
    this.#writer.flush();
    this.#closing = true;
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Called about once a second: asks whether the peer is there, and ends what is silent or never said who it is. */
  beat(now: number): void {
    const silentMs = now - this.#heardAt;
    if (this.#awaitsParams && now - this.#openedAt >= SOCKET_LIMITS.authenticateMs) {
      this.close(CLOSE.policy, "Not authenticated in time");
    } else if (silentMs >= SOCKET_LIMITS.pingMs + SOCKET_LIMITS.pongMs) this.terminate();
    else if (silentMs >= SOCKET_LIMITS.pingMs && !this.#pinged && this.readyState === 1) {
      this.#pinged = true;
      this.#writer.push(PING);
    }
  }

  /** A subscription goes over to the lane. @throws what the client is to be told instead */
  attach(id: RequestId, jsonrpc: string | undefined, attachment: Attachment): void {
    if (this.readyState !== 1 || this.#stopping.has(id)) return;
    if (!this.#options.mayRead(attachment.view)) throw requestError("accessRevoked");
    const reader = {
      writer: this.#writer,
      protocol: TRPC_PROTOCOL,
      head: trpcHead(id, jsonrpc),
      tooSlow: () => this.#tooSlow(),
      refuse: (error: unknown) => {
        this.#forget(id);
        this.#refuse(id, error);
      },
    };
    this.#attached.set(id, { member: this.#options.lane.attach(reader, attachment), jsonrpc });
    this.#handedOver.add(id);
  }

  /** Notes what tRPC answers, to know what is still under way. @returns whether the client is to get it */
  answered(id: RequestId | null, result: "data" | "started" | "stopped" | "error"): boolean {
    if (id === null) return true;
    if (this.#handedOver.has(id) && result !== "started" && result !== "data") {
      this.#handedOver.delete(id);
      return false;
    }
    if (result === "stopped" || result === "error") {
      this.#subscriptions.delete(id);
      this.#stopping.delete(id);
    }
    if (!this.#subscriptions.has(id)) this.#inFlight.delete(id);
    return true;
  }

  #tooSlow(): void {
    if (this.#closing) return;
    this.#options.slow();
    this.close(CLOSE.tryAgain, "Too slow; come back and resume");
  }

  #forget(id: RequestId): void {
    this.#attached.delete(id);
    this.#subscriptions.delete(id);
  }

  #detachAll(): void {
    for (const { member } of this.#attached.values()) member.leave();
    this.#attached.clear();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#heardAt = Date.now();
    this.#pinged = false;
    const text = isBinary ? null : data.toString();
    if (text === "PONG") return;
    if (text === "PING") {
      if (this.#hasRoom()) this.#writer.push(PONG);
    } else if (this.#awaitsParams) this.#receiveParams(data, text);
    else this.#enqueue(() => (text === null ? this.#refuseBinary() : this.#admit(data, text)));
  }

  #enqueue(work: () => Promise<void>): void {
    this.#waiting += 1;
    if (this.#waiting === SOCKET_LIMITS.waiting) this.#socket.pause();
    this.#queue = this.#queue
      .then(work)
      .catch((error) => this.#options.failed(error))
      .then(() => {
        this.#waiting -= 1;
        if (this.#waiting === SOCKET_LIMITS.waiting / 2 && this.#socket.isPaused) this.#socket.resume();
      });
  }

  #receiveParams(data: Buffer, text: string | null): void {
    if (text === null || !isParamsMessage(text)) {
      this.#refuse(null, requestError("unauthorized", {}, { message: "Malformed connectionParams" }));
      this.close(CLOSE.policy, "Malformed connectionParams");
      return;
    }
    this.#awaitsParams = false;
    this.emit("message", data, false);
  }

  async #refuseBinary(): Promise<void> {
    if (this.readyState !== 1) return;
    const refusal = malformed("Binary messages are not understood");
    await this.#options.count(1).then(
      () => this.#refuse(null, refusal),
      (error) => this.#refuse(null, error),
    );
  }

  async #admit(data: Buffer, text: string): Promise<void> {
    if (this.readyState !== 1) return;
    const parts = readParts(text);
    const stops = parts.filter(isStop);
    const rest = parts.filter((part) => !isStop(part));
    const isWhole = rest.every(({ readable }) => readable);
    const isTaken = await this.#take(rest, { cost: parts.length === 0 ? 1 : rest.length, isWhole });
    // What is stopped stays stopped, whatever else was refused.
    const passing = stops.filter(({ call }) => call && !this.#stop(call.id));
    if (isTaken && passing.length === stops.length && (isWhole || stops.length === 0)) {
      this.emit("message", data, false);
      return;
    }
    if (isTaken && isWhole) this.#pass(parts.filter((part) => !isStop(part) || passing.includes(part)));
    else {
      // tRPC takes nothing of a batch that it cannot read, and the stops are not to be lost with it.
      this.#pass(passing);
      if (isTaken) this.#pass(rest);
    }
  }

  /** Counts calls and takes their ids; of what tRPC cannot read none, because no answer would set them free. @returns whether they go on */
  async #take(parts: readonly Part[], { cost, isWhole }: { cost: number; isWhole: boolean }): Promise<boolean> {
    const calls = parts.flatMap(({ call }) => call ?? []);
    try {
      if (cost > 0) await this.#options.count(cost);
      if (!isWhole) return true;
      this.#checkRoom(calls);
      for (const call of calls) (call.method === "subscription" ? this.#subscriptions : this.#inFlight).add(call.id);
      return true;
    } catch (error) {
      const ids = calls.length > 0 ? calls.map(({ id }) => id) : [null];
      for (const id of ids) this.#refuse(id, error);
      return false;
    }
  }

  #pass(parts: readonly Part[]): void {
    if (parts.length > 0) this.emit("message", Buffer.from(JSON.stringify(parts.map(({ raw }) => raw))), false);
  }

  /** @returns whether that was all: what the lane does not deliver is tRPC's to stop */
  #stop(id: RequestId): boolean {
    const attached = this.#attached.get(id);
    if (attached) {
      attached.member.leave();
      this.#forget(id);
      this.send(trpcStopped(id, attached.jsonrpc));
    } else if (this.#subscriptions.has(id)) this.#stopping.add(id);
    return attached !== undefined;
  }

  #checkRoom(calls: Call[]): void {
    const ids = new Set(calls.map((call) => call.id));
    // An answer names its call by the id alone: two of one id could not be told apart, or counted.
    if (ids.size < calls.length || [...ids].some((id) => this.#isTaken(id))) {
      throw malformed("Duplicate id");
    }
    const subscriptions = calls.filter((call) => call.method === "subscription").length;
    if (subscriptions > 0 && this.#subscriptions.size + subscriptions > SOCKET_LIMITS.subscriptions) {
      throw requestError(
        "tooManyAtOnce",
        {},
        { message: `At most ${SOCKET_LIMITS.subscriptions} subscriptions on one connection` },
      );
    }
    if (this.#inFlight.size + calls.length - subscriptions > SOCKET_LIMITS.inFlight) {
      throw requestError("tooManyAtOnce", {}, { message: "Too many calls under way on one connection" });
    }
  }

  #isTaken(id: RequestId): boolean {
    return this.#subscriptions.has(id) || this.#inFlight.has(id) || this.#handedOver.has(id);
  }

  #refuse(id: RequestId | null, error: unknown): void {
    if (!findDomainError(error)) this.#options.failed(error);
    this.send(encodeRefusal(id, error));
  }
}

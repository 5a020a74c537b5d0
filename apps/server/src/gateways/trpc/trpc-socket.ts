import { EventEmitter } from "node:events";
import type { Actor } from "@pult/api/actor.ts";
import { findDomainError, malformed, requestError } from "@pult/api/errors.ts";
import type { Attachment } from "@pult/api/realtime/view.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import { type GuardedSocket, SOCKET_LIMITS, type SocketSession } from "../../sockets/guarded-socket.ts";
import { type RequestId, TRPC_ENVELOPE, trpcHead, trpcStopped } from "./envelope.ts";
import {
  CALLS_AT_ONCE,
  type Call,
  encodeRefusal,
  isParamsMessage,
  isStop,
  MAX_BATCH,
  type Part,
  readParts,
} from "./messages.ts";

const PING = "PING";
const PONG = "PONG";
const REFUSING_MS = 1_000;

const idsOf = (parts: readonly Part[]): RequestId[] => parts.flatMap(({ call }) => (call ? [call.id] : []));

const takesPlace = (part: Part): part is Part & { call: Call } => part.call !== null && !isStop(part);

interface TrpcSocketOptions {
  socket: GuardedSocket;
  /** The client announced that its first message is `connectionParams`. */
  expectsParams: boolean;
  /** Told what was not expected. */
  failed(error: unknown): void;
}

/**
 * Stands between a socket and tRPC's handler, which sees only what is within the limits. Has the part of `ws`'s interface that the handler
 * uses. Subscriptions that the handler answers with an attachment are the broadcaster's from then on; this keeps their contract: stop,
 * errors, ids.
 */
export class TrpcSocket extends EventEmitter implements SocketSession {
  /** @see SocketProtocol.pingText */
  static readonly pingText = PING;
  readonly #socket: GuardedSocket;
  readonly #failed: TrpcSocketOptions["failed"];
  readonly #subscriptions = new Set<RequestId>();
  readonly #inFlight = new Set<RequestId>();
  /** Calls that are worked on, subscriptions among them until they deliver. */
  readonly #working = new Set<RequestId>();
  #wake: () => void = () => {};
  /** What procedures are called with. A plain object: a getter in it would cost each socket 1.6 KB. */
  context: { actor: Actor } | null = null;
  readonly #attached = new Map<RequestId, { leave(): void; jsonrpc: string | undefined }>();
  /** Attached ones whose end in tRPC's eyes is still to come, and is none. */
  readonly #handedOver = new Set<RequestId>();
  /** Ones that were stopped before it was known who delivers them. */
  readonly #stopping = new Set<RequestId>();
  #awaitsParams: boolean;
  /** What every call is answered with; null while calls are served. */
  #refusal: unknown = null;

  constructor({ socket, expectsParams, failed }: TrpcSocketOptions) {
    super();
    this.#socket = socket;
    this.#awaitsParams = expectsParams;
    this.#failed = failed;
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(data: string): void {
    this.#socket.send(data);
  }

  /** tRPC closes without a code only what it refuses, and that at once. */
  close(code: number = CLOSE.policy, reason = ""): void {
    if (this.#refusal === null) this.#socket.close(code, reason);
  }

  /** Answers every call with a refusal for a second, because a client repeats what a closed socket has not answered. */
  refused(error: unknown): void {
    this.#refusal = error;
    setTimeout(() => this.#socket.close(CLOSE.policy, "Unauthorized"), REFUSING_MS).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  intercept(text: string | null, data: Buffer): boolean {
    if (text === PONG) return true;
    if (text === PING) {
      this.#socket.send(PONG);
      return true;
    }
    if (this.#awaitsParams) this.#receiveParams(text, data);
    else return false;
    return true;
  }

  async message(text: string | null, data: Buffer): Promise<void> {
    if (text === null) await this.#refuseBinary();
    else if (this.#refusal !== null) for (const id of idsOf(readParts(text))) this.#refuse(id, this.#refusal);
    else await this.#admit(data, text);
  }

  actorChanged(actor: Actor): void {
    if (this.context) this.context.actor = actor;
  }

  reconnect(): void {
    this.#socket.send(JSON.stringify({ id: null, method: "reconnect" }));
  }

  closed(code: number, reason: Buffer): void {
    this.#attached.clear();
    this.#wake();
    this.emit("close", code, reason);
  }

  /** A subscription goes over to the broadcaster. @throws what the client is to be told instead */
  attach(id: RequestId, jsonrpc: string | undefined, attachment: Attachment): void {
    if (this.readyState !== 1 || this.#stopping.has(id)) return;
    const { leave } = this.#socket.follow(attachment, {
      envelope: TRPC_ENVELOPE,
      head: trpcHead(id, jsonrpc),
      begun: () => this.#finish(id),
      refused: (error) => {
        this.#forget(id);
        this.#refuse(id, error);
      },
    });
    this.#attached.set(id, { leave, jsonrpc });
    this.#handedOver.add(id);
  }

  /** Notes what tRPC answers, to know what is still under way. @returns whether the client is to get it */
  answered(id: RequestId | null, result: "data" | "started" | "stopped" | "error"): boolean {
    if (id === null) return true;
    if (result !== "started" && !this.#attached.has(id)) this.#finish(id);
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

  #finish(id: RequestId): void {
    this.#working.delete(id);
    this.#wake();
  }

  #forget(id: RequestId): void {
    this.#finish(id);
    this.#attached.delete(id);
    this.#subscriptions.delete(id);
  }

  #receiveParams(text: string | null, data: Buffer): void {
    if (text === null || !isParamsMessage(text)) {
      this.#refuse(null, requestError("unauthorized", {}, { message: "Malformed connectionParams" }));
      this.close(CLOSE.policy, "Malformed connectionParams");
      return;
    }
    this.#awaitsParams = false;
    this.emit("message", data, false);
  }

  async #refuseBinary(): Promise<void> {
    const refusal = malformed("Binary messages are not understood");
    await this.#socket.count(1).then(
      () => this.#refuse(null, refusal),
      (error) => this.#refuse(null, error),
    );
  }

  async #admit(data: Buffer, text: string): Promise<void> {
    const parts = readParts(text);
    const stops = parts.filter(isStop);
    const rest = parts.filter((part) => !isStop(part));
    const isWhole = rest.every(({ readable }) => readable);
    const taken = await this.#take(rest, { cost: parts.length === 0 ? 1 : rest.length, isWhole });
    // What is stopped stays stopped, whatever else was refused.
    const passing = stops.filter(({ call }) => call && !this.#stop(call.id));
    const passed = parts.filter((part) => (isStop(part) ? passing : (taken ?? [])).includes(part));
    if (isWhole) await this.#pass(passed, taken && passed.length === parts.length ? data : null);
    else {
      // tRPC takes nothing of a batch that it cannot read, and the stops are not to be lost with it.
      this.#emit(passing);
      if (taken) this.#emit(rest, stops.length === 0 ? data : null);
    }
  }

  /** Gives tRPC as many calls as may be worked on, and the rest as answers free their places. @param data the parts as they came, if these are all */
  async #pass(parts: readonly Part[], data: Buffer | null): Promise<void> {
    for (let waiting = parts; waiting.length > 0 && this.readyState === 1; ) {
      const given = waiting.slice(0, this.#countFitting(waiting));
      waiting = waiting.slice(given.length);
      for (const part of given) if (takesPlace(part)) this.#working.add(part.call.id);
      if (given.length > 0) this.#emit(given, given.length === parts.length ? data : null);
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #countFitting(parts: readonly Part[]): number {
    let free = CALLS_AT_ONCE - this.#working.size;
    const at = parts.findIndex((part) => takesPlace(part) && --free < 0);
    return at < 0 ? parts.length : at;
  }

  /**
   * Counts calls, refuses those that are over a limit and takes the ids of the rest; of what tRPC cannot read none, because no answer would
   * set them free.
   * @returns the parts that go on; null when all were refused
   */
  async #take(
    parts: readonly Part[],
    { cost, isWhole }: { cost: number; isWhole: boolean },
  ): Promise<readonly Part[] | null> {
    const { counted, error } = await this.#count(cost);
    if (counted < cost && (counted === 0 || !isWhole)) {
      const ids = idsOf(parts);
      for (const id of ids.length > 0 ? ids : [null]) this.#refuse(id, error);
      return null;
    }
    if (!isWhole) return parts;
    for (const id of idsOf(parts.slice(counted))) this.#refuse(id, error);
    return parts.slice(0, counted).filter((part, index) => this.#enter(part, index));
  }

  /** Counts as many calls as there is room for. */
  async #count(calls: number): Promise<{ counted: number; error?: unknown }> {
    for (let [counted, step] = [0, calls]; ; counted += step) {
      if (counted >= calls) return { counted };
      try {
        await this.#socket.count(step);
      } catch (error) {
        if (step === 1) return { counted, error };
        // All at once they are too many: one by one.
        [counted, step] = [-1, 1];
      }
    }
  }

  /** @returns whether a call goes on; what is none passes */
  #enter({ call }: Part, index: number): boolean {
    if (call === null) return true;
    try {
      this.#checkRoom(call, index);
    } catch (error) {
      this.#refuse(call.id, error);
      return false;
    }
    (call.method === "subscription" ? this.#subscriptions : this.#inFlight).add(call.id);
    return true;
  }

  #emit(parts: readonly Part[], data: Buffer | null = null): void {
    if (data === null && parts.length === 0) return;
    this.emit("message", data ?? Buffer.from(JSON.stringify(parts.map(({ raw }) => raw))), false);
  }

  /** @returns whether that was all: tRPC stops what the broadcaster does not deliver */
  #stop(id: RequestId): boolean {
    const attached = this.#attached.get(id);
    if (attached) {
      attached.leave();
      this.#forget(id);
      this.send(trpcStopped(id, attached.jsonrpc));
    } else if (this.#subscriptions.has(id)) this.#stopping.add(id);
    return attached !== undefined;
  }

  #checkRoom({ id, method }: Call, index: number): void {
    // An answer names its call by the id alone: two of one id could not be told apart, or counted.
    if (this.#isTaken(id)) throw malformed("Duplicate id");
    if (index >= MAX_BATCH)
      throw requestError("tooManyAtOnce", {}, { message: `At most ${MAX_BATCH} calls in one message` });
    const isFull = this.#subscriptions.size - this.#stopping.size >= SOCKET_LIMITS.topics;
    if (method === "subscription" && isFull) {
      const message = `At most ${SOCKET_LIMITS.topics} subscriptions on one connection`;
      throw requestError("tooManyAtOnce", {}, { message });
    }
  }

  #isTaken(id: RequestId): boolean {
    return this.#subscriptions.has(id) || this.#inFlight.has(id) || this.#handedOver.has(id);
  }

  #refuse(id: RequestId | null, error: unknown): void {
    if (!findDomainError(error)) this.#failed(error);
    this.send(encodeRefusal(id, error));
  }
}

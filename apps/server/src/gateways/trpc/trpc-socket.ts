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

  /** tRPC closes without a code only what it refuses. */
  close(code: number = CLOSE.policy, reason = ""): void {
    this.#socket.close(code, reason);
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
    const isTaken = await this.#take(rest, { cost: parts.length === 0 ? 1 : rest.length, isWhole });
    // What is stopped stays stopped, whatever else was refused.
    const passing = stops.filter(({ call }) => call && !this.#stop(call.id));
    const passed = parts.filter((part) => !isStop(part) || passing.includes(part));
    if (isTaken && isWhole) await this.#pass(passed, passed.length === parts.length ? data : null);
    else {
      // tRPC takes nothing of a batch that it cannot read, and the stops are not to be lost with it.
      this.#emit(passing);
      if (isTaken) this.#emit(rest, stops.length === 0 ? data : null);
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

  /** Counts calls and takes their ids; of what tRPC cannot read none, because no answer would set them free. @returns whether they go on */
  async #take(parts: readonly Part[], { cost, isWhole }: { cost: number; isWhole: boolean }): Promise<boolean> {
    const calls = parts.flatMap(({ call }) => call ?? []);
    try {
      if (cost > 0) await this.#socket.count(cost);
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

  #checkRoom(calls: Call[]): void {
    const ids = new Set(calls.map((call) => call.id));
    // An answer names its call by the id alone: two of one id could not be told apart, or counted.
    if (ids.size < calls.length || [...ids].some((id) => this.#isTaken(id))) {
      throw malformed("Duplicate id");
    }
    if (calls.length > MAX_BATCH) {
      throw requestError("tooManyAtOnce", {}, { message: `At most ${MAX_BATCH} calls in one message` });
    }
    const subscriptions = calls.filter((call) => call.method === "subscription").length;
    if (subscriptions > 0 && this.#subscriptions.size - this.#stopping.size + subscriptions > SOCKET_LIMITS.topics) {
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

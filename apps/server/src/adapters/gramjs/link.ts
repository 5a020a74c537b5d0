import { TelegramFailure } from "@pult/api/chats/engine/port.ts";
import bigInt from "big-integer";
import { Api, Logger, type TelegramClient } from "telegram";
import type { AuthKey } from "telegram/crypto/AuthKey.js";
import { PromisedNetSockets } from "telegram/extensions/index.js";
import { LogLevel } from "telegram/extensions/Logger.js";
import { ConnectionTCPFull, MTProtoSender } from "telegram/network/index.js";
import { RequestState } from "telegram/network/RequestState.js";
import { type Endpoint, TelegramSocket } from "./socket.ts";

export interface LinkOptions {
  dataCentre: number;
  endpoint: Endpoint;
  /** Undefined: a new one is agreed on, which is a computation of some 100 ms. */
  authKey: AuthKey | undefined;
  timeoutMs: number;
  onUpdates(updates: Api.TypeUpdates): void;
  /** Once, however it ended; not after `close`. */
  onDropped(reason: DropReason): void;
}

/** `keyUnknown`: the data centre no longer knows the key. */
export type DropReason = "lost" | "keyUnknown" | "tooMany";

export type AnyRequest<Answer> = Api.AnyRequest & { __response: Answer };

/** Transport errors. @see https://core.telegram.org/mtproto/mtproto-transports#transport-errors */
const TRANSPORT_ERRORS: Record<number, DropReason> = { 404: "keyUnknown", 429: "tooMany" };

// A stack trace would be printed by gramjs itself at any other level.
const SILENT = new Logger(LogLevel.NONE);
const PING_DISCONNECT_SECONDS = 75;
/** Received messages are acknowledged with the next thing that is sent, and at the latest after so many. */
const ACKNOWLEDGED_AFTER = 100;

/** The connection dropped while a call was under way. */
export class LinkDropped extends Error {}

/**
 * One MTProto session over one TCP connection. It never reconnects: `AccountLink` opens another one. So a call that was given up is never sent
 * later.
 */
export class Link {
  readonly authKey: AuthKey;
  readonly #options: LinkOptions;
  readonly #sender: Sender;
  readonly #socket: TelegramSocket;
  readonly #connection: GuardedConnection;
  readonly #calls = new Set<(error: Error) => void>();
  #hasEnded = false;
  #openError: unknown = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { endpoint, timeoutMs, dataCentre } = options;
    const socket = new TelegramSocket({
      endpoint,
      timeoutMs,
      // What was received before is handled first.
      onEnd: () => setImmediate(() => this.#drop("lost")),
    });
    this.#socket = socket;
    this.#connection = new GuardedConnection({
      ...{ ip: endpoint.host, port: endpoint.port, dcId: dataCentre, loggers: SILENT, testServers: false },
      socket: PromisedNetSockets,
    });
    // gramjs makes its own, of a class alone.
    this.#connection.socket = socket as unknown as PromisedNetSockets;
    this.#connection.onTransportError = (code) => this.#drop(TRANSPORT_ERRORS[code] ?? "lost");
    this.#sender = this.#createSender();
    this.authKey = this.#sender.authKey;
  }

  #createSender(): Sender {
    const { authKey, dataCentre, onUpdates } = this.#options;
    const failed = async (error: unknown) => {
      this.#openError ??= error;
    };
    const sender = new Sender(authKey, {
      ...{ logger: SILENT, dcId: dataCentre, securityChecks: true, isMainSender: true, autoReconnect: false },
      ...{ retries: 1, reconnectRetries: Infinity, delay: 0, connectTimeout: null, authKeyCallback: null },
      updateCallback: (_: unknown, update: unknown) => {
        // Connection states, which come late, arrive here too.
        if (update instanceof Api.UpdatesTooLong || (isObject(update) && "SUBCLASS_OF_ID" in update))
          onUpdates(update as Api.TypeUpdates);
      },
      client: { _errorHandler: failed } as unknown as TelegramClient,
      _exportedSenderPromises: new Map(),
    });
    sender.onBroken = () => this.#drop("lost");
    sender.onForgotten = () => onUpdates(new Api.UpdatesTooLong());
    return sender;
  }

  /** @throws TelegramFailure `down` when it cannot be reached */
  async open(): Promise<void> {
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), this.#options.timeoutMs);
    const isOpen = await Promise.race([this.#sender.connect(this.#connection, false), late.promise]);
    clearTimeout(timer);
    if (isOpen && !this.#hasEnded) return;
    this.close();
    throw new TelegramFailure("down", "TIMEOUT", { cause: this.#openError ?? undefined });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Unix ms. */
  get heardAt(): number {
    return this.#socket.heardAt;
  }

  /**
   * Sends a request. What `onAnswer` does is done before anything that arrived later is handled.
   * @throws LinkDropped, what the signal was aborted with, and errors of gramjs
   */
  async invoke<Answer>(
    request: AnyRequest<Answer>,
    { signal, onAnswer }: { signal: AbortSignal; onAnswer?: (answer: Answer) => void },
  ): Promise<Answer> {
    signal.throwIfAborted();
    if (this.#hasEnded) throw new LinkDropped();
    const state = new RequestState(request);
    // Otherwise gramjs makes a message wait for the one before it, in whatever chat, and fail with it.
    Object.defineProperty(state, "after", { get: () => undefined, set: () => {} });
    const { resolve } = state;
    state.resolve = (answer: Answer) => {
      onAnswer?.(answer);
      resolve(answer);
    };
    const interrupted = Promise.withResolvers<never>();
    const abort = () => interrupted.reject(signal.reason);
    this.#calls.add(interrupted.reject);
    signal.addEventListener("abort", abort, { once: true });
    this.#sender.addStateToQueue(state);
    try {
      return await Promise.race([state.promise as Promise<Answer>, interrupted.promise]);
    } finally {
      this.#calls.delete(interrupted.reject);
      signal.removeEventListener("abort", abort);
    }
  }

  /** The answer counts as something heard, whenever it arrives. */
  ping(): void {
    const pingId = bigInt(Date.now());
    this.#sender
      .send(new Api.PingDelayDisconnect({ pingId, disconnectDelay: PING_DISCONNECT_SECONDS }))
      ?.catch(() => {});
  }

  /** As if the other side had closed it. */
  drop(): void {
    this.#drop("lost");
  }

  #drop(reason: DropReason): void {
    if (this.#hasEnded) return;
    this.close();
    this.#options.onDropped(reason);
  }

  /** Calls under way fail. */
  close(): void {
    this.#hasEnded = true;
    this.#sender.userDisconnected = true;
    this.#sender._userConnected = false;
    void this.#connection.disconnect();
    void this.#socket.close();
    for (const fail of this.#calls) fail(new LinkDropped());
    this.#calls.clear();
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** gramjs swallows transport errors, which are packets of four bytes, and waits for ever. */
class GuardedConnection extends ConnectionTCPFull {
  onTransportError: (code: number) => void = () => {};

  override async _recv(): Promise<Buffer> {
    const packet: Buffer = await super._recv();
    if (packet.length === 4) this.onTransportError(-packet.readInt32LE(0));
    return packet;
  }
}

type Received = Parameters<MTProtoSender["_processMessage"]>[0];

/** Tells of what gramjs would repair by itself. */
class Sender extends MTProtoSender {
  onBroken: () => void = () => {};
  /** The other side forgot what this session had been sent. */
  onForgotten: () => void = () => {};
  #received = 0;
  #isNew = true;

  override reconnect(): void {
    this.onBroken();
  }

  override _handleBadAuthKey(): void {}

  override async _handleNewSessionCreated(message: Received): Promise<void> {
    await super._handleNewSessionCreated(message);
    if (!this.#isNew) this.onForgotten();
    this.#isNew = false;
  }

  override async _processMessage(message: Received): Promise<void> {
    this.#received += 1;
    if (this.#received % ACKNOWLEDGED_AFTER === 0)
      this.addStateToQueue(new RequestState(new Api.MsgsAck({ msgIds: [] })));
    // The call has been told; thrown on, it would take the rest of its container with it.
    await super._processMessage(message).catch(() => {});
  }
}

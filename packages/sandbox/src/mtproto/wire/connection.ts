import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { BigInteger } from "big-integer";
import { BinaryReader } from "telegram/extensions/index.js";
import { Api } from "telegram/tl/index.js";
import { int32, int64 } from "./bytes.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { Handshake } from "./handshake.ts";
import type { RsaKey } from "./rsa-key.ts";
import {
  decodeObject,
  encodeContainer,
  encodeMessage,
  encodeResult,
  openMessage,
  pack,
  type TlObject,
  toBigInt,
  toLong,
  type WireMessage,
} from "./tl.ts";
import { Transport } from "./transport.ts";

/** Messages of one container, and their bytes. */
const CONTAINER_MESSAGES = 100;
const CONTAINER_BYTES = 512 * 1024;
/** Calls whose outcome is remembered, for `invokeAfterMsg` and repeats. */
const KEPT_CALLS = 1_000;
/** A client that does not read is cut off. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
/** How far a client's clock may be behind and ahead, s. */
const CLOCK_BEHIND = 300;
const CLOCK_AHEAD = 30;
const UNKNOWN_KEY = -404;

/** A key that was agreed upon. Its salt changes. */
export interface AuthKey {
  /** Eight bytes. */
  readonly id: Buffer;
  readonly key: Buffer;
  readonly salt: bigint;
}

/** `result` is encoded. `drop`: the connection is cut without an answer. */
export type Outcome = { result: Buffer } | { error: { code: number; message: string } } | { drop: true };

export interface ConnectionHost<Key extends AuthKey> {
  readonly rsa: RsaKey;
  /** `id`: hex. */
  findKey(id: string): Key | undefined;
  addKey(key: Buffer): void;
  /** Never rejects. */
  call(connection: Connection<Key>, request: TlObject): Promise<Outcome>;
  /** Nothing is heard or said: the line looks open, and is dead. */
  isFrozen(connection: Connection<Key>): boolean;
  closed(connection: Connection<Key>): void;
}

interface Unsent {
  body: Buffer;
  /** Answers, unlike other messages, have ids of their own kind. */
  isAnswer: boolean;
  /** Messages that the client acknowledges. */
  isContent: boolean;
}

let latestId = 0n;

/** Unix time × 2^32, always growing; the lowest two bits are 1 for answers and 3 for the rest. */
function takeMessageId(isAnswer: boolean): bigint {
  const byClock = ((BigInt(Date.now()) << 32n) / 1000n) & ~3n;
  latestId = byClock > latestId ? byClock : latestId + 4n;
  return latestId | (isAnswer ? 1n : 3n);
}

/** Error code of `bad_msg_notification`; undefined for an id that is in order. */
function judgeMessageId(id: bigint): number | undefined {
  if ((id & 3n) !== 0n) return 18;
  const ahead = Number(id >> 32n) - Date.now() / 1000;
  if (ahead < -CLOCK_BEHIND) return 16;
  return ahead > CLOCK_AHEAD ? 17 : undefined;
}

/** One connection of a client: handshake, envelopes, sessions, containers, salts and pings. Knows no method. */
export class Connection<Key extends AuthKey> {
  /** The key of the latest packet. */
  authKey: Key | undefined;
  readonly #host: ConnectionHost<Key>;
  readonly #socket: Socket;
  readonly #transport = new Transport();
  readonly #handshake: Handshake;
  /** Whether each call succeeded, by message id. */
  readonly #calls = new Map<bigint, Promise<boolean>>();
  #sessionId: bigint | undefined;
  #sequence = 0;
  #unsent: Unsent[] = [];

  constructor(host: ConnectionHost<Key>, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.#handshake = new Handshake(host.rsa);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("close", () => host.closed(this));
  }

  /** Cuts the connection. */
  close(): void {
    this.#socket.destroy();
  }

  push(updates: TlObject): void {
    this.#enqueue({ body: pack(updates.getBytes()), isAnswer: false, isContent: true });
  }

  #read(chunk: Buffer): void {
    if (this.#host.isFrozen(this)) return;
    try {
      for (const packet of this.#transport.decode(chunk)) this.#handle(packet);
    } catch {
      // As a real data centre does with what it does not understand.
      this.close();
    }
  }

  #handle(packet: Buffer): void {
    if (packet.length < 24) throw new Error("Packet too short");
    if (packet.readBigInt64LE(0) === 0n) {
      this.#handlePlain(packet);
      return;
    }
    this.authKey = this.#host.findKey(packet.toString("hex", 0, 8));
    if (this.authKey === undefined) this.#write(int32(UNKNOWN_KEY));
    else this.#handleSealed(this.authKey, packet);
  }

  #handleSealed(authKey: Key, packet: Buffer): void {
    const reader = new BinaryReader(openEnvelope(authKey.key, packet));
    const salt = toBigInt(reader.readLong());
    const sessionId = toBigInt(reader.readLong());
    const id = toBigInt(reader.readLong());
    const sequence = reader.readInt();
    const body = reader.read(reader.readInt());
    this.#openSession(sessionId, id);
    if (salt !== authKey.salt) this.#refuseSalt(id, sequence);
    else for (const message of openMessage({ id, sequence, body })) this.#handleMessage(message);
  }

  #handlePlain(packet: Buffer): void {
    const { reply, authKey } = this.#handshake.answer(decodeObject(packet.subarray(20)));
    if (authKey !== undefined) this.#host.addKey(authKey);
    const body = reply.getBytes();
    this.#write(Buffer.concat([int64(0n), int64(takeMessageId(true)), int32(body.length), body]));
  }

  #openSession(sessionId: bigint, firstId: bigint): void {
    if (this.#sessionId === sessionId || this.authKey === undefined) return;
    this.#sessionId = sessionId;
    this.#sequence = 0;
    const uniqueId = toLong(randomBytes(8).readBigInt64LE());
    const serverSalt = toLong(this.authKey.salt);
    this.#send(new Api.NewSessionCreated({ firstMsgId: toLong(firstId), uniqueId, serverSalt }));
  }

  #refuseSalt(id: bigint, sequence: number): void {
    const newServerSalt = toLong(this.authKey?.salt ?? 0n);
    this.#send(new Api.BadServerSalt({ badMsgId: toLong(id), badMsgSeqno: sequence, errorCode: 48, newServerSalt }));
  }

  #handleMessage({ id, sequence, body }: WireMessage): void {
    const errorCode = judgeMessageId(id);
    if (errorCode !== undefined) {
      this.#send(new Api.BadMsgNotification({ badMsgId: toLong(id), badMsgSeqno: sequence, errorCode }));
      return;
    }
    const object = decodeObject(body);
    if (this.#handleService(id, object) || this.#calls.has(id)) return;
    this.#calls.set(id, this.#call(id, object));
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= KEPT_CALLS) break;
      this.#calls.delete(oldest);
    }
  }

  /** Answers what is no call. */
  #handleService(id: bigint, object: TlObject): boolean {
    if (object instanceof Api.Ping || object instanceof Api.PingDelayDisconnect) {
      this.#send(new Api.Pong({ msgId: toLong(id), pingId: object.pingId }), true);
    } else if (object instanceof Api.GetFutureSalts) {
      const salt = toLong(this.authKey?.salt ?? 0n);
      const salts = [new Api.FutureSalt({ validSince: 0, validUntil: 0x7fffffff, salt })];
      this.#send(new Api.FutureSalts({ reqMsgId: toLong(id), now: Math.floor(Date.now() / 1000), salts }), true);
    } else if (object instanceof Api.DestroySession) {
      this.#send(new Api.DestroySessionOk({ sessionId: object.sessionId }), true);
    } else {
      // Nothing is ever sent again, so acknowledgements say nothing new.
      return object instanceof Api.MsgsAck || object instanceof Api.HttpWait || object instanceof Api.MsgsStateInfo;
    }
    return true;
  }

  /** Calls run side by side; `invokeAfterMsg` puts them in order. */
  async #call(id: bigint, request: TlObject): Promise<boolean> {
    const outcome = await this.#run(request);
    if ("drop" in outcome) {
      this.close();
      return false;
    }
    const body = "result" in outcome ? outcome.result : encodeError(outcome.error);
    this.#enqueue({ body: encodeResult(id, body), isAnswer: true, isContent: true });
    return "result" in outcome;
  }

  async #run(request: TlObject): Promise<Outcome> {
    if (!(request instanceof Api.InvokeAfterMsg)) return this.#host.call(this, request);
    const { msgId, query } = request as unknown as { msgId: BigInteger; query: TlObject };
    const isOrdered = (await this.#calls.get(toBigInt(msgId))) ?? true;
    return isOrdered ? this.#host.call(this, query) : { error: { code: 400, message: "MSG_WAIT_FAILED" } };
  }

  #send(object: TlObject, isAnswer = false): void {
    this.#enqueue({ body: object.getBytes(), isAnswer, isContent: false });
  }

  /** What is queued in one turn of the event loop leaves together. */
  #enqueue(unsent: Unsent): void {
    if (this.#unsent.push(unsent) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    let batch: WireMessage[] = [];
    let bytes = 0;
    for (const { body, isAnswer, isContent } of unsent) {
      if (batch.length === CONTAINER_MESSAGES || (batch.length > 0 && bytes + body.length > CONTAINER_BYTES)) {
        this.#seal(batch);
        batch = [];
        bytes = 0;
      }
      batch.push({ id: takeMessageId(isAnswer), sequence: this.#takeSequence(isContent), body });
      bytes += body.length;
    }
    this.#seal(batch);
  }

  #takeSequence(isContent: boolean): number {
    return isContent ? this.#sequence++ * 2 + 1 : this.#sequence * 2;
  }

  #seal(batch: WireMessage[]): void {
    const [only] = batch;
    if (only === undefined || this.authKey === undefined || this.#sessionId === undefined) return;
    const message =
      batch.length === 1
        ? only
        : { id: takeMessageId(false), sequence: this.#takeSequence(false), body: encodeContainer(batch) };
    const data = Buffer.concat([int64(this.authKey.salt), int64(this.#sessionId), encodeMessage(message)]);
    this.#write(sealEnvelope(this.authKey, data));
  }

  #write(packet: Buffer): void {
    if (this.#socket.destroyed || this.#host.isFrozen(this)) return;
    this.#socket.write(this.#transport.encode(packet));
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.close();
  }
}

function encodeError({ code, message }: { code: number; message: string }): Buffer {
  return new Api.RpcError({ errorCode: code, errorMessage: message }).getBytes();
}

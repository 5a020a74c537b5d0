import { gunzipSync, gzipSync } from "node:zlib";
import bigInt from "big-integer";
import { BinaryReader } from "telegram/extensions/index.js";
import { serializeBytes } from "telegram/tl/generationHelpers.js";
import { int32, int64 } from "./bytes.ts";

/** An object of gramjs's TL classes, which serve both directions: client and data centre agree about the layer. */
export interface TlObject {
  readonly className: string;
  getBytes(): Buffer;
}

/** What a method answers: gramjs has no classes for Bool and Vector. */
export type TlValue = TlObject | boolean | bigInt.BigInteger | readonly TlValue[];

const TRUE = 0x997275b5;
const FALSE = 0xbc799737;
const VECTOR = 0x1cb5c415;
const CONTAINER = 0x73f1f8dc;
const GZIP_PACKED = 0x3072cfa1;
const RPC_RESULT = 0xf35c6d01;
/** Smaller bodies are not worth packing. */
const GZIP_FROM_BYTES = 512;

export function encodeValue(value: TlValue): Buffer {
  if (value === true) return int32(TRUE);
  if (value === false) return int32(FALSE);
  if (bigInt.isInstance(value)) return int64(toBigInt(value));
  if (Array.isArray(value)) return Buffer.concat([int32(VECTOR), int32(value.length), ...value.map(encodeValue)]);
  return (value as TlObject).getBytes();
}

export function encodeResult(messageId: bigint, body: Buffer): Buffer {
  return Buffer.concat([int32(RPC_RESULT), int64(messageId), pack(body)]);
}

/** The body as `gzip_packed` when that is shorter. */
export function pack(body: Buffer): Buffer {
  if (body.length < GZIP_FROM_BYTES) return body;
  const packed = Buffer.concat([int32(GZIP_PACKED), serializeBytes(gzipSync(body, { level: 1 }))]);
  return packed.length < body.length ? packed : body;
}

/** One message inside an envelope. */
export interface WireMessage {
  id: bigint;
  sequence: number;
  body: Buffer;
}

export function encodeMessage({ id, sequence, body }: WireMessage): Buffer {
  return Buffer.concat([int64(id), int32(sequence), int32(body.length), body]);
}

export function encodeContainer(messages: readonly WireMessage[]): Buffer {
  return Buffer.concat([int32(CONTAINER), int32(messages.length), ...messages.map(encodeMessage)]);
}

/** The messages of a container and what is packed, opened; any other message alone. */
export function openMessage(message: WireMessage): WireMessage[] {
  const { body } = message;
  const kind = body.readUInt32LE(0);
  if (kind === GZIP_PACKED) {
    return openMessage({ ...message, body: gunzipSync(new BinaryReader(body.subarray(4)).tgReadBytes()) });
  }
  if (kind !== CONTAINER) return [message];
  const opened: WireMessage[] = [];
  let at = 8;
  for (let left = body.readInt32LE(4); left > 0; left--) {
    const end = at + 16 + body.readInt32LE(at + 12);
    const inner = {
      id: body.readBigInt64LE(at),
      sequence: body.readInt32LE(at + 8),
      body: body.subarray(at + 16, end),
    };
    opened.push(...openMessage(inner));
    at = end;
  }
  return opened;
}

export function decodeObject(body: Buffer): TlObject {
  return new BinaryReader(body).tgReadObject();
}

export function toBigInt(value: bigInt.BigInteger): bigint {
  return BigInt(value.toString());
}

export function toLong(value: bigint | number | string): bigInt.BigInteger {
  return bigInt(value as string);
}

/** Bytes of an `int128` or `int256`, as they were sent. */
export function toBytes(value: bigInt.BigInteger, size: 16 | 32): Buffer {
  const hex = BigInt.asUintN(size * 8, toBigInt(value)).toString(16);
  return Buffer.from(hex.padStart(size * 2, "0"), "hex").reverse();
}

export function fromBytes(bytes: Buffer): bigInt.BigInteger {
  return bigInt(Buffer.from(bytes).reverse().toString("hex"), 16);
}

import { createCipheriv, randomBytes } from "node:crypto";
import { IGE } from "telegram/crypto/IGE.js";
import { sha256 } from "./bytes.ts";

const BLOCK = 16;

export interface IgeKey {
  key: Buffer;
  /** 32 bytes: the block before the first cipher block, then that before the first plain one. */
  iv: Buffer;
}

/**
 * AES-256-IGE by the platform's CBC: with d(i) = c(i) ⊕ p(i−1), IGE is the CBC of p(i) ⊕ p(i−2). Decryption has no such
 * form, as it needs each plain block for the next.
 */
export function encryptIge(plain: Buffer, { key, iv }: IgeKey): Buffer {
  const previous = Buffer.concat([iv.subarray(BLOCK), plain.subarray(0, -BLOCK)]);
  const mixed = Buffer.from(plain);
  for (let at = BLOCK; at < plain.length; at++) mixed[at] = (plain[at] ?? 0) ^ (previous[at - BLOCK] ?? 0);
  const cipher = createCipheriv("aes-256-cbc", key, iv.subarray(0, BLOCK)).setAutoPadding(false);
  const chained = Buffer.concat([cipher.update(mixed), cipher.final()]);
  for (let at = 0; at < chained.length; at++) chained[at] = (chained[at] ?? 0) ^ (previous[at] ?? 0);
  return chained;
}

export function decryptIge(encrypted: Buffer, { key, iv }: IgeKey): Buffer {
  return new IGE(key, iv).decryptIge(encrypted);
}

/** Which way a message goes: the two sides take different parts of the key. */
type Direction = "fromClient" | "toClient";
const KEY_OFFSET: Record<Direction, number> = { fromClient: 0, toClient: 8 };

/** @see https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector */
function deriveKey(authKey: Buffer, messageKey: Buffer, direction: Direction): IgeKey {
  const x = KEY_OFFSET[direction];
  const a = sha256(messageKey, authKey.subarray(x, x + 36));
  const b = sha256(authKey.subarray(x + 40, x + 76), messageKey);
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  };
}

function deriveMessageKey(authKey: Buffer, plain: Buffer, direction: Direction): Buffer {
  const x = KEY_OFFSET[direction] + 88;
  return sha256(authKey.subarray(x, x + 32), plain).subarray(8, 24);
}

/** @throws when the packet was not made with this key */
export function openEnvelope(authKey: Buffer, packet: Buffer): Buffer {
  const messageKey = packet.subarray(8, 24);
  const plain = decryptIge(packet.subarray(24), deriveKey(authKey, messageKey, "fromClient"));
  if (!deriveMessageKey(authKey, plain, "fromClient").equals(messageKey)) throw new Error("Wrong msg_key");
  return plain;
}

export function sealEnvelope(authKey: { id: Buffer; key: Buffer }, data: Buffer): Buffer {
  const padding = 12 + ((BLOCK - ((data.length + 12) % BLOCK)) % BLOCK);
  const plain = Buffer.concat([data, randomBytes(padding)]);
  const messageKey = deriveMessageKey(authKey.key, plain, "toClient");
  return Buffer.concat([authKey.id, messageKey, encryptIge(plain, deriveKey(authKey.key, messageKey, "toClient"))]);
}

import { createDecipheriv, createECDH, hkdfSync } from "node:crypto";

const KEY_LENGTH = 65;
const TAG_LENGTH = 16;

/** The receiving side of a subscription: raw bytes. */
export interface ReceiverKeys {
  privateKey: Buffer;
  publicKey: Buffer;
  auth: Buffer;
}

/**
 * Decrypts a push message of content encoding `aes128gcm`.
 * @see https://www.rfc-editor.org/rfc/rfc8291 (keys) and https://www.rfc-editor.org/rfc/rfc8188 (records)
 * @throws when the body is malformed or was encrypted for another receiver
 */
export function decryptPush(body: Buffer, receiver: ReceiverKeys): Buffer {
  if (body.length < 21 + KEY_LENGTH) throw new Error("The body is shorter than its header");
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const keyIdLength = body.readUInt8(20);
  if (keyIdLength !== KEY_LENGTH) throw new Error(`The key id is ${keyIdLength} bytes long, not ${KEY_LENGTH}`);
  if (recordSize < TAG_LENGTH + 2) throw new Error(`A record size of ${recordSize} is too small`);
  const senderKey = body.subarray(21, 21 + KEY_LENGTH);
  const { key, nonce } = deriveKeys(senderKey, salt, receiver);
  const records = splitRecords(body.subarray(21 + KEY_LENGTH), recordSize);
  const parts = records.map((record, index) => {
    const plain = decryptRecord(record, key, withSequence(nonce, index));
    return unpad(plain, index === records.length - 1);
  });
  return Buffer.concat(parts);
}

interface ContentKeys {
  key: Buffer;
  nonce: Buffer;
}

function deriveKeys(senderKey: Buffer, salt: Buffer, { privateKey, publicKey, auth }: ReceiverKeys): ContentKeys {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey);
  const secret = ecdh.computeSecret(senderKey);
  const keyInfo = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, senderKey]);
  const input = hkdf({ secret, salt: auth, info: keyInfo, length: 32 });
  return {
    key: hkdf({ secret: input, salt, info: Buffer.from("Content-Encoding: aes128gcm\0"), length: 16 }),
    nonce: hkdf({ secret: input, salt, info: Buffer.from("Content-Encoding: nonce\0"), length: 12 }),
  };
}

function hkdf({ secret, salt, info, length }: { secret: Buffer; salt: Buffer; info: Buffer; length: number }): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, length));
}

function splitRecords(content: Buffer, recordSize: number): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += recordSize) records.push(content.subarray(at, at + recordSize));
  if (records.length === 0) throw new Error("There is no record");
  return records;
}

/** RFC 8188, 2.3: the record's number is mixed into the low bytes of the nonce. */
function withSequence(nonce: Buffer, index: number): Buffer {
  const mixed = Buffer.from(nonce);
  mixed.writeUInt32BE((mixed.readUInt32BE(8) ^ index) >>> 0, 8);
  return mixed;
}

function decryptRecord(record: Buffer, key: Buffer, nonce: Buffer): Buffer {
  if (record.length <= TAG_LENGTH) throw new Error("A record is too short");
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAuthTag(record.subarray(record.length - TAG_LENGTH));
  return Buffer.concat([decipher.update(record.subarray(0, record.length - TAG_LENGTH)), decipher.final()]);
}

/** Cuts the delimiter (2 in the last record, 1 before it) and the zeros behind it. */
function unpad(plain: Buffer, isLast: boolean): Buffer {
  const end = plain.findLastIndex((byte) => byte !== 0);
  if (plain[end] !== (isLast ? 2 : 1)) throw new Error("A record has a wrong delimiter");
  return plain.subarray(0, end);
}

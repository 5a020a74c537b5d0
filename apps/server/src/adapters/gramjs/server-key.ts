import { createHash, createPublicKey } from "node:crypto";

/** An RSA key of a data centre. */
export interface ServerKey {
  /** Decimal, signed 64 bits, as MTProto names the key. */
  fingerprint: string;
  /** Hexadecimal. */
  modulus: string;
  exponent: number;
}

/**
 * Reads a public key in PEM, PKCS#1 or SPKI; line ends may be written out as `\n`.
 * @throws Error when it is no RSA key
 * @see https://core.telegram.org/mtproto/auth_key
 */
export function parseServerKey(pem: string): ServerKey {
  const key = createPublicKey(pem.replaceAll("\\n", "\n"));
  if (key.asymmetricKeyType !== "rsa") throw new Error("It is no RSA key");
  const { n = "", e = "" } = key.export({ format: "jwk" });
  const modulus = Buffer.from(n, "base64url");
  const exponent = Buffer.from(e, "base64url");
  const digest = createHash("sha1").update(toTlBytes(modulus)).update(toTlBytes(exponent)).digest();
  return {
    fingerprint: String(digest.readBigInt64LE(12)),
    modulus: modulus.toString("hex"),
    exponent: Number.parseInt(exponent.toString("hex"), 16),
  };
}

/** TL's `bytes`: length, content, zeros up to a multiple of four. */
function toTlBytes(bytes: Buffer): Buffer {
  const long = Buffer.alloc(4);
  long.writeUInt32LE((bytes.length << 8) | 254);
  const head = bytes.length < 254 ? Buffer.of(bytes.length) : long;
  return Buffer.concat([head, bytes, Buffer.alloc(-(head.length + bytes.length) & 3)]);
}

import { constants, createPrivateKey, createPublicKey, type KeyObject, privateDecrypt } from "node:crypto";
import { serializeBytes } from "telegram/tl/generationHelpers.js";
import { sha1, sha256, xor } from "./bytes.ts";
import { decryptIge } from "./envelope.ts";

/** RSA_PAD's data before encryption, bytes. */
const PADDED_BYTES = 192;

/** The data centre's RSA key, by which clients know it. */
export class RsaKey {
  /** Low 64 bits of SHA-1 over the bare `rsa_public_key`. */
  readonly fingerprint: bigint;
  readonly #private: KeyObject;

  constructor(pem: string) {
    this.#private = createPrivateKey(pem);
    const { n = "", e = "" } = createPublicKey(this.#private).export({ format: "jwk" });
    const digest = sha1(serializeBytes(Buffer.from(n, "base64url")), serializeBytes(Buffer.from(e, "base64url")));
    this.fingerprint = digest.readBigInt64LE(12);
  }

  /**
   * Undoes RSA_PAD.
   * @see https://core.telegram.org/mtproto/auth_key, step 4.1
   * @throws when the data was encrypted for another key
   */
  unpad(encrypted: Buffer): Buffer {
    const raw = privateDecrypt({ key: this.#private, padding: constants.RSA_NO_PADDING }, encrypted);
    const body = raw.subarray(32);
    const key = xor(raw.subarray(0, 32), sha256(body));
    const plain = decryptIge(body, { key, iv: Buffer.alloc(32) });
    const data = Buffer.from(plain.subarray(0, PADDED_BYTES)).reverse();
    if (!sha256(key, data).equals(plain.subarray(PADDED_BYTES))) throw new Error("RSA_PAD: wrong hash");
    return data;
  }
}

import { createPublicKey, verify } from "node:crypto";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Base58 as Bitcoin and Solana write it. @returns null for anything else */
export function decodeBase58(text: string): Uint8Array | null {
  const bytes: number[] = [];
  for (const character of text) {
    let carry = ALPHABET.indexOf(character);
    if (carry < 0) return null;
    for (let at = 0; at < bytes.length; at++) {
      carry += (bytes[at] ?? 0) * 58;
      bytes[at] = carry & 0xff;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff);
  }
  // Leading zero bytes are written as so many leading ones.
  for (let at = 0; text[at] === "1"; at++) bytes.push(0);
  return Uint8Array.from(bytes.reverse());
}

/**
 * Points of small order, without the sign bit: no wallet has such a key, but signatures verify under it, where the runtime does not
 * check. @see https://eprint.iacr.org/2020/1244
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ...["ec", "ed", "ee"].map((low) => `${low}${"ff".repeat(30)}7f`),
]);

function isSmallOrder(key: Uint8Array): boolean {
  const unsigned = Buffer.from(key);
  unsigned.writeUInt8(unsigned.readUInt8(31) & 0x7f, 31);
  return SMALL_ORDER.has(unsigned.toString("hex"));
}

/** Whether a Solana wallet has signed these words: Ed25519 over their UTF-8, by the key that is its address. */
export function isSignedByWallet(message: string, { address, signature }: { address: string; signature: string }) {
  const [key, signed] = [decodeBase58(address), decodeBase58(signature)];
  if (key?.length !== 32 || signed?.length !== 64 || isSmallOrder(key)) return false;
  const x = Buffer.from(key).toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, Buffer.from(message), publicKey, signed);
}

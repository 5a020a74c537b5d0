import { ed25519 } from "@noble/curves/ed25519.js";
import { base58 } from "@scure/base";

/**
 * Whether a Solana wallet has signed this text: Ed25519 over its UTF-8, by the key that is its address. Strict, because Node.js accepts
 * keys of small order, under which signatures verify that were never made. @see https://eprint.iacr.org/2020/1244
 */
export function isSignedByWallet(message: string, { address, signature }: { address: string; signature: string }) {
  try {
    const [key, signed] = [base58.decode(address), base58.decode(signature)];
    return ed25519.verify(signed, Buffer.from(message), key, { zip215: false });
  } catch {
    // No base58, or another length.
    return false;
  }
}

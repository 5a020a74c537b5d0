import { generateKeyPairSync, sign } from "node:crypto";
import { base58 } from "@scure/base";

export interface TestWallet {
  address: string;
  /** Signs what a challenge says, as a wallet does. */
  answer(challenge: { nonce: string; message: string }): { address: string; signature: string; nonce: string };
}

/** A Solana wallet with a key of its own. */
export function makeWallet(): TestWallet {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const address = base58.encode(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
  return {
    address,
    answer({ nonce, message }) {
      const words = message.replace("{address}", address);
      return { address, nonce, signature: base58.encode(sign(null, Buffer.from(words), privateKey)) };
    },
  };
}

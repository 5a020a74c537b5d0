import { generateKeyPairSync, sign } from "node:crypto";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export function encodeBase58(bytes: Uint8Array): string {
  let value = BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (; value > 0n; value /= 58n) text = `${ALPHABET[Number(value % 58n)]}${text}`;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

export interface TestWallet {
  address: string;
  /** Signs what a challenge says, as a wallet does. */
  answer(challenge: { nonce: string; message: string }): { address: string; signature: string; nonce: string };
}

/** A Solana wallet with a key of its own. */
export function makeWallet(): TestWallet {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const address = encodeBase58(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
  return {
    address,
    answer({ nonce, message }) {
      const words = message.replace("{address}", address);
      return { address, nonce, signature: encodeBase58(sign(null, Buffer.from(words), privateKey)) };
    },
  };
}

import { pbkdf2Sync, randomBytes } from "node:crypto";
import { fromNumber, modPow, sha256, toNumber, xor } from "./bytes.ts";

/** Telegram's 2048-bit safe prime: clients accept no other one for passwords. */
export const DH_PRIME = Buffer.from(
  "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac92513" +
    "9543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc4988" +
    "0708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4" +
    "b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f" +
    "0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b",
  "hex",
);
export const DH_GENERATOR = 3;

const P = toNumber(DH_PRIME);
const G = BigInt(DH_GENERATOR);
/** Enough for the strength of a 2048-bit group, and eight times as quick as full length. */
const EXPONENT_BYTES = 32;

/** The server's half of a key exchange. BigInt, because Deno's `createDiffieHellman` refuses this generator. */
export class KeyExchange {
  readonly #exponent = toNumber(randomBytes(EXPONENT_BYTES));
  readonly publicValue = fromNumber(modPow(G, this.#exponent, P));

  /** Without leading zeros: gramjs drops them, and one key in 256 would not be the same on both sides. */
  computeKey(clientValue: Buffer): Buffer {
    const hex = modPow(toNumber(clientValue), this.#exponent, P).toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  }
}

export interface SrpVerifier {
  salt1: Buffer;
  salt2: Buffer;
  value: bigint;
}

/** One attempt at a password. @see https://core.telegram.org/api/srp */
export class SrpChallenge {
  readonly id = randomBytes(8).readBigInt64LE();
  readonly verifier: SrpVerifier;
  /** `srp_B`. */
  readonly publicValue: Buffer;
  readonly #exponent = toNumber(randomBytes(EXPONENT_BYTES));

  constructor(verifier: SrpVerifier) {
    this.verifier = verifier;
    const k = toNumber(sha256(DH_PRIME, fromNumber(G)));
    this.publicValue = fromNumber((k * verifier.value + modPow(G, this.#exponent, P)) % P);
  }

  /** `a` and `m1` are the client's. */
  isSolvedBy(a: Buffer, m1: Buffer): boolean {
    const { salt1, salt2, value } = this.verifier;
    const u = toNumber(sha256(a, this.publicValue));
    const shared = modPow((toNumber(a) * modPow(value, u, P)) % P, this.#exponent, P);
    const mixed = xor(sha256(DH_PRIME), sha256(fromNumber(G)));
    const proof = sha256(mixed, sha256(salt1), sha256(salt2), a, this.publicValue, sha256(fromNumber(shared)));
    return proof.equals(m1);
  }
}

/** Slow on purpose: PBKDF2 with 100,000 rounds. */
export function createVerifier(password: string): SrpVerifier {
  const salt1 = randomBytes(16);
  const salt2 = randomBytes(16);
  const inner = sha256(salt2, sha256(salt1, Buffer.from(password), salt1), salt2);
  const stretched = pbkdf2Sync(inner, salt1, 100_000, 64, "sha512");
  return { salt1, salt2, value: modPow(G, toNumber(sha256(salt2, stretched, salt2)), P) };
}

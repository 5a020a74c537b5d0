import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../testing/wallet.ts";
import { decodeBase58, isSignedByWallet } from "./wallet.ts";

describe("decodeBase58", () => {
  // From draft-msporny-base58-03, section 5, and Solana's system program.
  it.each([
    ["2NEpo7TZRRrLZSi2U", Buffer.from("Hello World!")],
    [
      "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
      Buffer.from("The quick brown fox jumps over the lazy dog."),
    ],
    ["11233QC4", Buffer.from("0000287fb4cd", "hex")],
    ["1".repeat(32), Buffer.alloc(32)],
    ["", Buffer.alloc(0)],
  ])("reads %s", (text, bytes) => {
    expect(Buffer.from(decodeBase58(text) ?? [])).toEqual(bytes);
  });

  it.each(["0", "O", "I", "l", "abc ", "ä", "2NEpo7TZRRrLZSi2U\n"])("refuses %j", (text) => {
    expect(decodeBase58(text)).toBeNull();
  });

  it("reads what was written, whatever it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe("isSignedByWallet", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const address = encodeBase58(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
  const signed = (text: string) => encodeBase58(sign(null, Buffer.from(text), privateKey));

  it("believes the wallet about those words alone", () => {
    expect(isSignedByWallet("words", { address, signature: signed("words") })).toBe(true);
    expect(isSignedByWallet("words.", { address, signature: signed("words") })).toBe(false);
  });

  it("believes no other wallet, and nothing that is no address or no signature", () => {
    const other = encodeBase58(Buffer.alloc(32, 9));
    expect(isSignedByWallet("words", { address: other, signature: signed("words") })).toBe(false);
    for (const bad of ["", "0", address.slice(1), `1${address}`, "1".repeat(32), "z".repeat(44)])
      expect(isSignedByWallet("words", { address: bad, signature: signed("words") })).toBe(false);
    for (const bad of ["", "0", address, "1".repeat(64), "z".repeat(88)])
      expect(isSignedByWallet("words", { address, signature: bad })).toBe(false);
  });

  it("rejects keys under which signatures verify that were never made", () => {
    // Points of small order verify a signature of zeros over many messages.
    const points = [`01${"00".repeat(31)}`, "00".repeat(32), `ecffffff${"ff".repeat(27)}7f`];
    for (const hex of points) {
      const signature = encodeBase58(Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(32)]));
      for (const words of ["a", "b", "c", "d", "e", "f", "g", "h"])
        expect(isSignedByWallet(words, { address: encodeBase58(Buffer.from(hex, "hex")), signature })).toBe(false);
    }
  });
});

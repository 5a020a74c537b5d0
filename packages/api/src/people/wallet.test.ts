import { generateKeyPairSync, sign } from "node:crypto";
import { base58 } from "@scure/base";
import { describe, expect, it } from "vitest";
import { isSignedByWallet } from "./wallet.ts";

describe("isSignedByWallet", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const address = base58.encode(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
  const signed = (text: string) => base58.encode(sign(null, Buffer.from(text), privateKey));

  it("accepts a signature of that text alone", () => {
    expect(isSignedByWallet("words", { address, signature: signed("words") })).toBe(true);
    expect(isSignedByWallet("words.", { address, signature: signed("words") })).toBe(false);
  });

  it("rejects another wallet, and malformed addresses and signatures", () => {
    const other = base58.encode(Buffer.alloc(32, 9));
    expect(isSignedByWallet("words", { address: other, signature: signed("words") })).toBe(false);
    for (const bad of ["", "0", address.slice(1), `1${address}`, "1".repeat(32), "z".repeat(44), `${address}\n`])
      expect(isSignedByWallet("words", { address: bad, signature: signed("words") })).toBe(false);
    for (const bad of ["", "0", address, "1".repeat(64), "z".repeat(88), "l".repeat(88), "ä"])
      expect(isSignedByWallet("words", { address, signature: bad })).toBe(false);
  });

  it("rejects keys under which signatures verify that were never made", () => {
    // Points of small order verify a signature of zeros over many messages.
    const points = [
      `01${"00".repeat(31)}`,
      "00".repeat(32),
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      ...["ec", "ed", "ee"].map((low) => `${low}${"ff".repeat(30)}7f`),
    ];
    for (const hex of points) {
      const signature = base58.encode(Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(32)]));
      for (const words of ["a", "b", "c", "d", "e", "f", "g", "h"])
        expect(isSignedByWallet(words, { address: base58.encode(Buffer.from(hex, "hex")), signature })).toBe(false);
    }
  });
});

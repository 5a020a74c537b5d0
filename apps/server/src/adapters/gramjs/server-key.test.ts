import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { _serverKeys } from "telegram/crypto/RSA.js";
import { expect, test } from "vitest";
import { parseServerKey } from "./server-key.ts";

test("names Telegram's own keys as Telegram does, in both forms of PEM", () => {
  for (const [fingerprint, { n, e }] of new Map(_serverKeys)) {
    const base64url = (hex: string) =>
      Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
    const jwk = { kty: "RSA", n: base64url(n.toString(16)), e: base64url(e.toString(16)) };
    const key = createPublicKey({ key: jwk, format: "jwk" });
    for (const type of ["pkcs1", "spki"] as const) {
      const pem = String(key.export({ type, format: "pem" }));
      const expected = { fingerprint, modulus: n.toString(16), exponent: e };
      expect(parseServerKey(pem)).toEqual(expected);
      expect(parseServerKey(pem.replaceAll("\n", "\\n"))).toEqual(expected);
    }
  }
});

test("refuses what is no RSA key", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (const pem of ["", "key", String(publicKey.export({ type: "spki", format: "pem" }))])
    expect(() => parseServerKey(pem)).toThrow();
});

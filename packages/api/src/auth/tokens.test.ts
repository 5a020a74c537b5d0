import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalSecrets, hashToken, isAdminKey, kindOfToken, newApiKey, newSessionToken } from "./tokens.ts";

describe("kindOfToken", () => {
  it("knows each kind by its form", () => {
    expect(kindOfToken(newSessionToken())).toBe("session");
    expect(kindOfToken(newApiKey())).toBe("apiKey");
    expect(kindOfToken(`pult_${"A".repeat(43)}`)).toBe("adminKey");
    expect(kindOfToken("eyJh.eyJz.c2ln")).toBe("jwt");
  });

  it("takes the documented form: pult_, 43 base64url, _, 8 hex of the CRC-32 before it", () => {
    const body = `pult_${"A".repeat(43)}`;
    // CRC-32 (IEEE 802.3), computed with Python's zlib.crc32.
    expect(kindOfToken(`${body}_${CRC_OF_FORTY_THREE_A}`)).toBe("apiKey");
    expect(newApiKey()).toMatch(/^pult_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/);
  });

  it("finds any one flipped character of an API key", () => {
    const key = newApiKey();
    const characters = "ABab01_-";
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.constantFrom(...characters), (at, character) => {
        fc.pre(key[at] !== character);
        expect(kindOfToken(key.slice(0, at) + character + key.slice(at + 1))).toBe("unknown");
      }),
    );
  });

  it.each([
    "",
    "ses_",
    `ses_${"A".repeat(42)}`,
    `ses_${"A".repeat(44)}`,
    `ses_${"A".repeat(42)}=`,
    `ses_${"A".repeat(43)}\n`,
    `Bearer ses_${"A".repeat(43)}`,
    `pult_${"A".repeat(42)}`,
    `pult_${"A".repeat(43)}_00000000`,
    `PULT_${"A".repeat(43)}`,
    "a.b",
    "a.b.c.d",
    "a.b.",
    "a b.c.d",
    "\u0000",
  ])("takes %j for nothing", (token) => {
    expect(kindOfToken(token)).toBe("unknown");
  });

  it("answers for any text without throwing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(["session", "apiKey", "adminKey", "jwt", "unknown"]).toContain(kindOfToken(text));
      }),
    );
  });
});

const CRC_OF_FORTY_THREE_A = "c69b16d0";

it("isAdminKey takes the bootstrap form and not an issued key", () => {
  expect(isAdminKey(`pult_${"a".repeat(43)}`)).toBe(true);
  expect(isAdminKey(newApiKey())).toBe(false);
});

it("hashToken is SHA-256 in hex, and another for every token", () => {
  expect(hashToken("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hashToken(newSessionToken())).not.toBe(hashToken(newSessionToken()));
});

it("equalSecrets compares whole secrets, of any length", () => {
  expect(equalSecrets("secret", "secret")).toBe(true);
  expect(equalSecrets("secret", "secre")).toBe(false);
  expect(equalSecrets("secret", "Secret")).toBe(false);
  expect(equalSecrets("", "")).toBe(true);
});

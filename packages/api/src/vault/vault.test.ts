import { describe, expect, it } from "vitest";
import { createVault, VaultError } from "./vault.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PLACE = "credentials/1/totp";

describe("createVault", () => {
  const vault = createVault([key(1)]);

  it("opens what it sealed, at the same place", () => {
    for (const secret of ["", "JBSWY3DPEHPK3PXP", "пароль 🔑".repeat(500)]) {
      expect(vault.open(PLACE, vault.seal(PLACE, secret))).toBe(secret);
    }
  });

  it("tells nothing: not the secret, and never twice the same", () => {
    const [a, b] = [vault.seal(PLACE, "canary"), vault.seal(PLACE, "canary")];
    expect(a).not.toBe(b);
    expect(Buffer.from(a, "base64url").toString()).not.toContain("canary");
  });

  it("refuses another place, another key, and every changed character", () => {
    const sealed = vault.seal(PLACE, "secret");
    expect(() => vault.open("credentials/2/totp", sealed)).toThrow(VaultError);
    expect(() => createVault([key(2)]).open(PLACE, sealed)).toThrow("a key that is not known");
    for (let at = 0; at < sealed.length; at++) {
      // The highest bit of its six: low bits of the last character may count for nothing.
      const other = ALPHABET[ALPHABET.indexOf(sealed[at] ?? "") ^ 32] ?? "A";
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect(() => vault.open(PLACE, changed), `at ${at}`).toThrow(VaultError);
    }
    for (const text of ["", "v1", "v1.x.y.z", "plain text"]) expect(() => vault.open(PLACE, text)).toThrow(VaultError);
  });

  it("opens with an older key, and seals under a prefix of the newest", () => {
    const rotated = createVault([key(2), key(1)]);
    const old = vault.seal(PLACE, "secret");
    expect(rotated.open(PLACE, old)).toBe("secret");
    expect([old, rotated.seal(PLACE, "secret")].map((one) => one.startsWith(rotated.prefix))).toEqual([false, true]);
  });

  it("takes keys of 32 bytes only", () => {
    expect(() => createVault([new Uint8Array(16)])).toThrow(VaultError);
  });
});

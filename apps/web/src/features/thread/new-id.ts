/** A fresh id: 128 random bits, hex. `crypto.randomUUID` is missing on plain http, `getRandomValues` is not. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

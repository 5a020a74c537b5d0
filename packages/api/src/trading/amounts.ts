import { createHash, randomUUID } from "node:crypto";
import type { Curve, Price } from "./curve.ts";
import type { Reserves } from "./schema.ts";

/** A price as it is answered: `27.958993476`. */
export function formatPrice(price: Price): string {
  const digits = String(price).padStart(10, "0");
  const decimals = digits.slice(-9).replace(/0+$/, "");
  return decimals === "" ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${decimals}`;
}

export const toReserves = ({ sol, token, forSale }: Curve): Reserves => ({
  sol: String(sol),
  token: String(token),
  forSale: String(forSale),
});

/** Of texts whose order and borders count; fits an index, and keeps no word of a person. */
export const hashOf = (...parts: readonly (string | number | null)[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url");

/** Under which a request is stored: a repeat has the same one. */
export const requestKeyOf = (clientId: string | undefined): string =>
  clientId === undefined ? randomUUID() : hashOf(clientId);

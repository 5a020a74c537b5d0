import bigInt from "big-integer";
import type { Api } from "telegram";
import { _serverKeys } from "telegram/crypto/RSA.js";
import type { ServerKey } from "./server-key.ts";
import type { Endpoint } from "./socket.ts";

const PORT = 443;
/** Where Telegram's data centres are until it says otherwise. */
const KNOWN: Record<number, string> = {
  1: "149.154.175.53",
  2: "149.154.167.51",
  3: "149.154.175.100",
  4: "149.154.167.91",
  5: "91.108.56.130",
};

/** @param config Telegram's newest */
export function locateAt(dataCentre: number, config: Api.Config | null): Endpoint {
  const told = config?.dcOptions.find(
    ({ id, ipv6, cdn, mediaOnly, tcpoOnly }) => id === dataCentre && !(ipv6 || cdn || mediaOnly || tcpoOnly),
  );
  if (told) return { host: told.ipAddress, port: told.port };
  return { host: KNOWN[dataCentre] ?? "149.154.167.51", port: PORT };
}

/** Telegram's own keys are no longer trusted in this process. */
export function trustOnly({ fingerprint, modulus, exponent }: ServerKey): void {
  _serverKeys.clear();
  _serverKeys.set(fingerprint, { n: bigInt(modulus, 16), e: exponent });
}

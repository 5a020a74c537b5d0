import { isIP } from "node:net";

/** For whom passkeys are made, and from which pages they may be used. */
export interface RelyingParty {
  /** A domain name; WebAuthn knows no addresses. */
  id: string;
  origins: string[];
}

/** @param origin where browsers reach this installation; by its address it is reached from this machine alone, under the name localhost */
export function relyingPartyOf(origin: string): RelyingParty {
  const { protocol, hostname, port } = new URL(origin);
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare) === 0 && bare !== "localhost") return { id: bare, origins: [origin] };
  const at = (host: string) => `${protocol}//${host}${port ? `:${port}` : ""}`;
  return { id: "localhost", origins: [...new Set([origin, at("localhost"), at("127.0.0.1"), at("[::1]")])] };
}

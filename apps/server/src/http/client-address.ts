import type { IncomingMessage } from "node:http";

/** The caller's address: the peer's, or, behind a proxy we trust, what that proxy says. */
export function clientAddress(request: IncomingMessage, trustedProxies: readonly string[]): string {
  const peer = plain(request.socket.remoteAddress ?? "");
  if (!trustedProxies.includes(peer)) return peer;
  const hops = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((hop) => plain(hop.trim()));
  return hops.findLast((hop) => hop !== "" && !trustedProxies.includes(hop)) ?? peer;
}

/** IPv4 as such, also when it arrives in IPv6 clothes. */
const plain = (address: string): string => (address.startsWith("::ffff:") ? address.slice(7) : address);

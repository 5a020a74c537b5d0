import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** The caller's address: the peer's, or, behind a proxy we trust, what that proxy says. */
export function clientAddress(request: IncomingMessage, trustedProxies: readonly string[]): string {
  const peer = plain(request.socket.remoteAddress ?? "");
  if (!trustedProxies.includes(peer)) return peer;
  const hops = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((hop) => plain(hop.trim()));
  const client = hops.findLast((hop) => hop !== "" && !trustedProxies.includes(hop));
  return client !== undefined && isIP(client) ? client : peer;
}

/** Without a port or brackets that a proxy writes, and IPv4 as such, also when it arrives in IPv6 clothes. */
function plain(address: string): string {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
  return /^::ffff:([\d.]+)$/i.exec(bare)?.[1] ?? bare;
}

/** What limits count as one address: an IPv4 address, or the /64 of an IPv6 one, because one subscriber has all of it. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [front = [], back] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = back ? Math.max(0, 8 - front.length - back.length) : 0;
  const groups = [...front, ...Array<string>(zeros).fill("0"), ...(back ?? [])];
  return `${groups.slice(0, 4).map(withoutZeros).join(":")}::/64`;
}

const withoutZeros = (group: string): string => group.toLowerCase().replace(/^0+(?=.)/, "");

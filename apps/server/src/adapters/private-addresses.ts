import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { BlockList, isIP, isIPv4, type LookupFunction } from "node:net";

const V4_NOT_PUBLIC: readonly [network: string, prefix: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

// Everything outside 2000::/3 is refused wholesale, which covers loopback, link-local, unique-local, multicast, NAT64 and IPv4-mapped.
const V6_NOT_PUBLIC: readonly [network: string, prefix: number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const notPublic = new BlockList();
for (const [network, prefix] of V4_NOT_PUBLIC) notPublic.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of V6_NOT_PUBLIC) notPublic.addSubnet(network, prefix, "ipv6");
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/**
 * Whether an address belongs to the public internet.
 * @param ip IPv4 dotted or IPv6 text, as a socket reports it; names, zones and brackets are not addresses and answer false
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function isPublicAddress(ip: string): boolean {
  if (isIP(ip) === 0 || ip.includes("%")) return false;
  if (isIPv4(ip)) return !notPublic.check(ip, "ipv4");
  return globalUnicast.check(ip, "ipv6") && !notPublic.check(ip, "ipv6");
}

/** Refused before a byte was sent: the name or address does not belong to the public internet. */
export class PrivateAddressError extends Error {
  readonly code = "EPRIVATE";

  constructor() {
    super("not a public address");
    this.name = "PrivateAddressError";
  }
}

/** Every address of a name, as `dns.lookup` with `all` gives them. */
export type ResolveAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/**
 * A `dns.lookup` for sockets that must not reach inside: refuses a name when any of its addresses is not public. The socket connects
 * to exactly the addresses checked here, so a name that changes between two look-ups gains nothing. Literal addresses never get
 * here: check those with `isPublicAddress`.
 */
export function createGuardedLookup(resolve: ResolveAll): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const first = found?.[0];
      if (error !== null || first === undefined) {
        callback(error ?? new Error("no address"), "", 0);
      } else if (!found.every(({ address }) => isPublicAddress(address))) {
        callback(new PrivateAddressError(), "", 0);
      } else if (options.all === true) {
        callback(null, found);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

/** With the system's resolver. */
export const guardedLookup: LookupFunction = createGuardedLookup(lookup);

import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** The only part of IPv6 that is in use for the public internet. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an address belongs to the public internet.
 * @param ip IPv4 dotted or IPv6 text, as a socket reports it; names, zones and brackets are not addresses and answer false
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function isPublicAddress(ip: string): boolean {
  if (isIP(ip) === 0 || ip.includes("%")) return false;
  const address = ipaddr.parse(ip);
  return address.range() === "unicast" && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST));
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

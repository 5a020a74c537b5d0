import type { Actor, Customer } from "@pult/api/actor.ts";
import { isStaff } from "@pult/api/auth/permissions.ts";
import { requestError } from "@pult/api/errors.ts";
import type { LegacyAuth } from "../../authorize.ts";

/**
 * Who opens a socket: by its token, else, with `LEGACY_AUTH=open`, a visitor, who is the wallet that a message names first.
 * @param shown the caller by the handshake's headers or ticket
 * @throws DomainError `UNAUTHORIZED`
 */
export function identifyTrader(
  wallets: BareWallets,
  { url, shown, legacyAuth }: { url: URL; shown: Actor; legacyAuth: LegacyAuth },
): Actor {
  if (shown.kind === "customer" || isStaff(shown, "trading:read")) return shown;
  if (shown.kind !== "anonymous" || legacyAuth !== "open") throw requestError("unauthorized");
  return wallets.actorOf(url);
}

/** Who says to be whom on sockets without a token, by the address object of the handshake. */
export class BareWallets {
  readonly #visitors = new WeakMap<URL, Customer>();
  readonly #named = new WeakMap<URL, Customer>();

  actorOf(url: URL): Customer {
    const known = this.#named.get(url) ?? this.#visitors.get(url);
    if (known) return known;
    // An id of its own, so that its calls are counted.
    const visitor = bareWallet(crypto.randomUUID());
    this.#visitors.set(url, visitor);
    return visitor;
  }

  /** Whether the socket has no token, and has named no wallet yet. */
  isNameless(url: URL): boolean {
    return this.#visitors.has(url) && !this.#named.has(url);
  }

  name(url: URL, userId: string): Customer {
    const named = bareWallet(userId);
    this.#named.set(url, named);
    return named;
  }
}

const bareWallet = (externalId: string): Customer => ({
  kind: "customer",
  namespace: "wallet",
  externalId,
  name: null,
  username: null,
  languageCode: null,
  isUnproven: true,
});

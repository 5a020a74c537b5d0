import { holdsScope } from "@pult/api/auth/permissions.ts";
import type { Actor, Customer } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import { appCustomer } from "@pult/api/support/customer.ts";

export type LegacyAuth = "required" | "open";

/**
 * The customer a request speaks for. `required`: his own token, or a server's key with the scope. `open`: as documented, the bare id,
 * acting as that customer and nothing more.
 * @throws DomainError `UNAUTHORIZED`
 */
export function customerFor(
  actor: Actor,
  request: { userId: string; userName: string | null; access: "read" | "write" },
  legacyAuth: LegacyAuth,
): Customer {
  const { userId, userName, access } = request;
  if (actor.kind === "customer" && actor.channel === "app" && actor.externalId === userId)
    return { ...actor, name: userName ?? actor.name };
  if (actor.kind === "apiKey" && holdsScope(actor.scopes, `support:${access}`)) return appCustomer(userId, userName);
  if (legacyAuth === "open" && actor.kind === "anonymous") return appCustomer(userId, userName);
  throw new DomainError("UNAUTHORIZED", "Unauthorized");
}

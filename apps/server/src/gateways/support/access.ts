import type { Actor, Customer } from "@pult/api/actor.ts";
import { holdsScope } from "@pult/api/auth/permissions.ts";
import { requestError } from "@pult/api/errors.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import type { LegacyAuth } from "../../authorize.ts";
import type { Serving } from "../../serving.ts";

/** What both halves of the protocol are made of. */
export type SupportOptions = Pick<Serving, "deps" | "limits" | "legacyAuth">;

/** The customer that a request names. */
export interface Named {
  userId: string;
  userName: string | null;
  access: "read" | "write";
}

/**
 * The customer a request speaks for. `required`: their own token, or a server's key with the scope. `open`: as documented, the bare id,
 * acting as that customer and nothing more.
 * @throws DomainError `UNAUTHORIZED`
 */
export function customerFor(actor: Actor, request: Named, legacyAuth: LegacyAuth): Customer {
  const { userId, userName, access } = request;
  if (actor.kind === "customer" && actor.namespace === "app" && actor.externalId === userId)
    return { ...actor, name: userName ?? actor.name };
  if (actor.kind === "apiKey" && holdsScope(actor.scopes, `support:${access}`)) return appCustomer(userId, userName);
  if (legacyAuth === "open" && actor.kind === "anonymous") return appCustomer(userId, userName);
  throw requestError("unauthorized");
}

/**
 * As `customerFor`, and counted: a caller without a token is counted by the id that it names, like a token's owner. Tokens and addresses
 * were counted by the route.
 * @throws DomainError `UNAUTHORIZED`, `RATE_LIMITED`
 */
export async function admitCustomer(
  actor: Actor,
  request: Named,
  { limits, legacyAuth }: Pick<Serving, "limits" | "legacyAuth">,
): Promise<Customer> {
  const customer = customerFor(actor, request, legacyAuth);
  if (actor.kind === "anonymous") await limits.count({ actor: customer, ip: null, scope: "support" });
  return customer;
}

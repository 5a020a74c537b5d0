import type { Actor } from "@pult/api/actor.ts";
import { holdsScope } from "@pult/api/auth/permissions.ts";
import { enforcePolicy, type Policy, policyAllows } from "@pult/api/auth/policy.ts";
import type { Scope } from "@pult/api/auth/schema.ts";
import { requestError } from "@pult/api/errors.ts";
import type { Env } from "./env.ts";

/** What documented endpoints require of a caller that names a customer. */
export type LegacyAuth = Env["LEGACY_AUTH"];

/** Who may use a route or send a message of a socket protocol. Procedures have the same policies, without those of this file. */
export type EndpointPolicy =
  | Policy
  /** A customer of the app about themselves, or a key with the scope; with `LEGACY_AUTH=open` also a bare customer id. Others get 401. */
  | { kind: "documented"; scope: Scope }
  /** Holders of a secret that the route verifies: a signed link, a webhook's secret. */
  | { kind: "secret" }
  /** The protocol behind it rejects wrong tokens. Each new connection counts against its address. */
  | { kind: "handshake" }
  /** A token must be valid where there is one; what is behind the route declares its own policies. */
  | { kind: "delegated" };

/** Whether the policy allows the caller. Where it asks for a secret, that is verified besides. */
export function isAllowed(policy: EndpointPolicy, actor: Actor, legacyAuth: LegacyAuth): boolean {
  switch (policy.kind) {
    case "secret":
    case "handshake":
    case "delegated":
      return true;
    case "documented":
      if (actor.kind === "customer") return actor.namespace === "app";
      if (actor.kind === "apiKey") return holdsScope(actor.scopes, policy.scope);
      return actor.kind === "anonymous" && legacyAuth === "open";
    default:
      return policyAllows(policy, actor);
  }
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export function authorize(policy: EndpointPolicy, actor: Actor, legacyAuth: LegacyAuth): void {
  if (isAllowed(policy, actor, legacyAuth)) return;
  if (policy.kind === "documented") throw requestError("unauthorized");
  enforcePolicy(policy as Policy, actor);
}

import type { Actor } from "../actor.ts";
import { requestError } from "../errors.ts";
import { isStaff, requireAgent, requireStaff } from "./permissions.ts";
import type { Scope } from "./schema.ts";

/**
 * Who may use an endpoint: a procedure, a path, a socket message. Every endpoint declares one; what is behind it may require more, such as
 * that a conversation is the caller's own.
 */
export type Policy =
  /** Everyone, also anonymous: sign-in, health, signed links. */
  | { kind: "public" }
  /** Every authenticated actor. */
  | { kind: "authenticated" }
  /** An agent, for their own account: no key can stand in. */
  | { kind: "agent" }
  /** An agent or a customer, each for themselves: keys act for servers. */
  | { kind: "person" }
  /** A customer for themselves, or a key with the scope that names them. */
  | { kind: "customer"; scope: Scope }
  /** An agent whose role, or a key that, holds the scope. */
  | { kind: "staff"; scope: Scope }
  /** A customer for themselves, or staff. */
  | { kind: "customerOrStaff"; scope: Scope };

/** Whether the policy admits the actor. */
export function policyAllows(policy: Policy, actor: Actor): boolean {
  switch (policy.kind) {
    case "public":
      return true;
    case "authenticated":
      return actor.kind !== "anonymous";
    case "agent":
      return actor.kind === "agent";
    case "person":
      return actor.kind === "agent" || actor.kind === "customer";
    case "customer":
      return actor.kind === "customer" || (actor.kind !== "agent" && isStaff(actor, policy.scope));
    case "customerOrStaff":
      return actor.kind === "customer" || isStaff(actor, policy.scope);
    case "staff":
      return isStaff(actor, policy.scope);
  }
}

/** @throws DomainError `UNAUTHORIZED` when anonymous, `FORBIDDEN` for an actor the policy does not admit */
export function enforcePolicy(policy: Policy, actor: Actor): void {
  if (policyAllows(policy, actor)) return;
  // These refuse in their own words.
  if (policy.kind === "agent") requireAgent(actor);
  const isOnlyForCustomers = policy.kind === "customer" && actor.kind === "agent";
  if ("scope" in policy && !isOnlyForCustomers) requireStaff(actor, policy.scope);
  if (actor.kind === "anonymous") throw requestError("signInRequired");
  throw requestError(policy.kind === "person" ? "peopleOnly" : "customersOnly");
}

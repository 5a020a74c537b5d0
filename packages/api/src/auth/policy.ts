import type { Actor } from "../actor.ts";
import { requestError } from "../errors.ts";
import { isStaff, requireAgent, requireStaff } from "./permissions.ts";
import type { Scope } from "./schema.ts";

/**
 * Who may come in by a door: a procedure, a path, a word on a socket. Every door declares one; what is behind it may ask for more, such as
 * that a conversation is the caller's own.
 */
export type Policy =
  /** Anybody, also nobody: signing in, health, signed links. */
  | { kind: "public" }
  /** Whoever has shown who he is. */
  | { kind: "somebody" }
  /** An agent, about his own account: no key can stand for him. */
  | { kind: "agent" }
  /** A customer about himself, or a key with the scope that names him. */
  | { kind: "customer"; scope: Scope }
  /** An agent whose role, or a key that, holds the scope. */
  | { kind: "staff"; scope: Scope }
  /** A customer about himself, or staff. */
  | { kind: "customerOrStaff"; scope: Scope };

/** Whether the policy names somebody. */
export function policyAllows(policy: Policy, actor: Actor): boolean {
  switch (policy.kind) {
    case "public":
      return true;
    case "somebody":
      return actor.kind !== "anonymous";
    case "agent":
      return actor.kind === "agent";
    case "customer":
      return actor.kind === "customer" || (actor.kind !== "agent" && isStaff(actor, policy.scope));
    case "customerOrStaff":
      return actor.kind === "customer" || isStaff(actor, policy.scope);
    case "staff":
      return isStaff(actor, policy.scope);
  }
}

/** @throws DomainError `UNAUTHORIZED` for nobody, `FORBIDDEN` for somebody whom the policy does not name */
export function enforcePolicy(policy: Policy, actor: Actor): void {
  if (policyAllows(policy, actor)) return;
  // Who is refused, these refuse in their own words.
  if (policy.kind === "agent") requireAgent(actor);
  const isOnlyForCustomers = policy.kind === "customer" && actor.kind === "agent";
  if ("scope" in policy && !isOnlyForCustomers) requireStaff(actor, policy.scope);
  if (actor.kind === "anonymous") throw requestError("signInRequired");
  throw requestError("customersOnly");
}

import type { Actor } from "../context.ts";
import { DomainError } from "../errors.ts";
import type { Permission, Role, Scope } from "./schema.ts";

const PERMISSIONS_OF: Record<Role, Permission[]> = {
  Admin: ["all"],
  Moderator: ["mute", "warn"],
  VIP: [],
  User: [],
};

/** The documented permission strings of a role. */
export const permissionsOf = (role: Role): Permission[] => PERMISSIONS_OF[role];

/** Whether a key holds a scope; `write` includes `read`, `*` everything. */
export function holdsScope(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes("*") || scopes.includes(wanted)) return true;
  return wanted.endsWith(":read") && scopes.includes(wanted.replace(":read", ":write") as Scope);
}

type Agent = Extract<Actor, { kind: "agent" }>;
type ApiKey = Extract<Actor, { kind: "apiKey" }>;
type System = Extract<Actor, { kind: "system" }>;

export type Staff = Agent | ApiKey | System;

/** Whether somebody is staff: an agent, a key with the scope, or Pult itself. */
export function isStaff(actor: Actor, scope: Scope): actor is Staff {
  if (actor.kind === "apiKey") return holdsScope(actor.scopes, scope);
  return actor.kind === "agent" || actor.kind === "system";
}

/**
 * Staff. @see isStaff
 * @throws DomainError `UNAUTHORIZED` for nobody, `FORBIDDEN` for somebody else
 */
export function requireStaff(actor: Actor, scope: Scope): Staff {
  if (actor.kind === "anonymous") throw new DomainError("UNAUTHORIZED", "Sign in first");
  if (isStaff(actor, scope)) return actor;
  const isKey = (actor as Actor).kind === "apiKey";
  throw new DomainError("FORBIDDEN", isKey ? `This key lacks the scope ${scope}` : "Only agents may do this");
}

/** @throws DomainError `UNAUTHORIZED` for nobody, `FORBIDDEN` without the role Admin (or `*`) */
export function requireAdmin(actor: Actor): Staff {
  const staff = requireStaff(actor, "*");
  if (staff.kind === "agent" && staff.role !== "Admin") throw new DomainError("FORBIDDEN", "Only an Admin may do this");
  return staff;
}

/** How staff is named in messages and event lines. */
export function nameOfStaff(staff: Staff): { id: string | null; name: string } {
  if (staff.kind === "agent") return { id: staff.personId, name: staff.name };
  return { id: null, name: staff.kind === "apiKey" ? staff.name : "Pult" };
}

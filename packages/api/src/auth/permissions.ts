import type { Actor } from "../actor.ts";
import { type DomainError, requestError } from "../errors.ts";
import { authError } from "./errors.ts";
import type { Permission, Role, Scope } from "./schema.ts";

/** What a role lets its holder do: the documented strings, and the scopes that API keys know too. */
export interface Rights {
  permissions: Permission[];
  scopes: Scope[];
}

const RIGHTS_OF: Record<Role, Rights> = {
  Admin: { permissions: ["all"], scopes: ["*"] },
  Moderator: {
    permissions: ["mute", "warn"],
    scopes: ["support:write", "chats:write", "notifications:write", "trading:write"],
  },
  VIP: { permissions: [], scopes: [] },
  User: { permissions: [], scopes: [] },
};

/** What a documented role lets its holder do. */
export const rightsOf = (role: Role): Rights => RIGHTS_OF[role];

/** A role as it is stored with a person, and what it is called and lets him do. */
export interface ResolvedRole {
  role: Role;
  customRoleId: string | null;
  roleName: string;
  rights: Rights;
}

interface RoleRow {
  role: string;
  customRole: { id: string; name: string; permissions: string[]; scopes: string[] } | null;
}

/** What a person's row and his custom role's come to: the custom one counts in the place of the documented. */
export function resolveRole({ role, customRole }: RoleRow): ResolvedRole {
  if (!customRole) return { role: role as Role, customRoleId: null, roleName: role, rights: rightsOf(role as Role) };
  const { id, name, permissions, scopes } = customRole;
  return { role: "User", customRoleId: id, roleName: name, rights: { permissions, scopes } as Rights };
}

/** Whether somebody holds a scope; `write` includes `read`, `*` everything. */
export function holdsScope(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes("*") || scopes.includes(wanted)) return true;
  return wanted.endsWith(":read") && scopes.includes(wanted.replace(":read", ":write") as Scope);
}

/** Whether somebody holds a documented permission; `all` includes every other. */
export const holdsPermission = (held: readonly Permission[], wanted: Permission): boolean =>
  held.includes("all") || held.includes(wanted);

type Agent = Extract<Actor, { kind: "agent" }>;
type ApiKey = Extract<Actor, { kind: "apiKey" }>;
type System = Extract<Actor, { kind: "system" }>;

export type Staff = Agent | ApiKey | System;

/** Whether somebody is staff who may do this: an agent whose role, or a key that, holds the scope, or Pult itself. */
export function isStaff(actor: Actor, scope: Scope): actor is Staff {
  if (actor.kind === "agent" || actor.kind === "apiKey") return holdsScope(actor.scopes, scope);
  return actor.kind === "system";
}

/**
 * Staff. @see isStaff
 * @throws DomainError `UNAUTHORIZED` for nobody, `FORBIDDEN` for somebody else
 */
export function requireStaff(actor: Actor, scope: Scope): Staff {
  if (actor.kind === "anonymous") throw requestError("signInRequired");
  if (isStaff(actor, scope)) return actor;
  throw refusalOf(actor, scope);
}

function refusalOf(actor: Actor, scope: Scope): DomainError {
  if (actor.kind === "apiKey") return authError("keyLacksScope", { scope });
  if (actor.kind === "agent") return authError("roleLacksScope", { role: actor.roleName, scope });
  return authError("agentsOnly");
}

/** What of some rights somebody lacks, in words; null when he has them all. A key with every scope has every permission too. */
function missingOf(held: Rights, wanted: Rights): string | null {
  const scope = wanted.scopes.find((one) => !holdsScope(held.scopes, one));
  if (scope) return scope === "*" ? "every scope" : scope;
  if (held.scopes.includes("*")) return null;
  const permission = wanted.permissions.find((one) => !holdsPermission(held.permissions, one));
  return permission ? `the permission ${permission}` : null;
}

/** Whether somebody with some rights has others too. */
export const includesRights = (held: Rights, wanted: Rights): boolean => missingOf(held, wanted) === null;

/** What staff may do; keys hold scopes alone. */
export function rightsOfStaff(staff: Staff): Rights {
  if (staff.kind === "system") return RIGHTS_OF.Admin;
  return { scopes: staff.scopes, permissions: staff.kind === "agent" ? staff.permissions : [] };
}

/**
 * Nobody hands out, or takes from others, what he does not hold himself.
 * @throws DomainError `FORBIDDEN`
 */
export function requireHeldRights(staff: Staff, wanted: Rights): void {
  const missing = missingOf(rightsOfStaff(staff), wanted);
  if (missing) throw authError("rightNotHeld", { right: missing });
}

/** The same for scopes. @throws DomainError `FORBIDDEN` */
export const requireHeld = (staff: Staff, scopes: readonly Scope[]): void =>
  requireHeldRights(staff, { scopes: [...scopes], permissions: [] });

/** An agent about his own account. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export function requireAgent(actor: Actor): Agent {
  if (actor.kind === "agent") return actor;
  if (actor.kind === "anonymous") throw requestError("signInRequired");
  throw authError("accountsOnly");
}

/** How staff is named in messages and event lines. */
export function nameOfStaff(staff: Staff): { id: string | null; name: string } {
  if (staff.kind === "agent") return { id: staff.personId, name: staff.name };
  return { id: null, name: staff.kind === "apiKey" ? staff.name : "Pult" };
}

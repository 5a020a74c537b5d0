import type { Actor } from "../actor.ts";
import { SCOPE_DOMAINS } from "../domains.ts";
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
    scopes: SCOPE_DOMAINS.filter((domain) => domain !== "auth").map((domain): Scope => `${domain}:write`),
  },
  VIP: { permissions: [], scopes: [] },
  User: { permissions: [], scopes: [] },
};

/** What a documented role lets its holder do. */
export const rightsOf = (role: Role): Rights => RIGHTS_OF[role];

/** A role as it is stored with a person, its name, and its rights. */
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

/** A person's role from their row and their custom role's: the custom one takes precedence. */
export function resolveRole({ role, customRole }: RoleRow): ResolvedRole {
  if (!customRole) return { role: role as Role, customRoleId: null, roleName: role, rights: rightsOf(role as Role) };
  const { id, name, permissions, scopes } = customRole;
  return { role: "User", customRoleId: id, roleName: name, rights: { permissions, scopes } as Rights };
}

/** Whether a scope is held; `write` includes `read`, `*` everything. */
export function holdsScope(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes("*") || scopes.includes(wanted)) return true;
  return wanted.endsWith(":read") && scopes.includes(wanted.replace(":read", ":write") as Scope);
}

/** Whether a documented permission is held; `all` includes every other. */
export const holdsPermission = (held: readonly Permission[], wanted: Permission): boolean =>
  held.includes("all") || held.includes(wanted);

type Agent = Extract<Actor, { kind: "agent" }>;
type ApiKey = Extract<Actor, { kind: "apiKey" }>;
type System = Extract<Actor, { kind: "system" }>;

export type Staff = Agent | ApiKey | System;

/** Whether the actor is staff with this scope: an agent by role, an API key, or Pult itself. */
export function isStaff(actor: Actor, scope: Scope): actor is Staff {
  if (actor.kind === "agent" || actor.kind === "apiKey") return holdsScope(actor.scopes, scope);
  return actor.kind === "system";
}

/**
 * Staff. @see isStaff
 * @throws DomainError `UNAUTHORIZED` when anonymous, `FORBIDDEN` otherwise
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

/** The first wanted right that is not held, in words; null when all are. A key with every scope has every permission too. */
function missingOf(held: Rights, wanted: Rights): string | null {
  const scope = wanted.scopes.find((one) => !holdsScope(held.scopes, one));
  if (scope) return scope === "*" ? "every scope" : scope;
  if (held.scopes.includes("*")) return null;
  const permission = wanted.permissions.find((one) => !holdsPermission(held.permissions, one));
  return permission ? `the permission ${permission}` : null;
}

/** Whether some rights include others. */
export const includesRights = (held: Rights, wanted: Rights): boolean => missingOf(held, wanted) === null;

/** What staff may do; keys hold scopes alone. */
export function rightsOfStaff(staff: Staff): Rights {
  if (staff.kind === "system") return RIGHTS_OF.Admin;
  return { scopes: staff.scopes, permissions: staff.kind === "agent" ? staff.permissions : [] };
}

/**
 * Staff can grant, or take from others, only rights they hold themselves.
 * @throws DomainError `FORBIDDEN`
 */
export function requireHeldRights(staff: Staff, wanted: Rights): void {
  const missing = missingOf(rightsOfStaff(staff), wanted);
  if (missing) throw authError("rightNotHeld", { right: missing });
}

/** The same for scopes. @throws DomainError `FORBIDDEN` */
export const requireHeld = (staff: Staff, scopes: readonly Scope[]): void =>
  requireHeldRights(staff, { scopes: [...scopes], permissions: [] });

/** An agent, for their own account. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
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

import type { Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { DomainError } from "../../errors.ts";
import { holdsPermission, type Rights, requireHeld, rightsOf, type Staff } from "../permissions.ts";
import type { Role } from "../schema.ts";
import type { RoleChoice } from "./schema.ts";

/** Changes to the team and its roles wait for each other, so that what one has checked holds until it commits. */
export const lockTeam = (tx: Transaction) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('auth.team', 0))`);

/**
 * Nobody hands out, or takes from others, what he does not hold himself. A key holds scopes alone; permissions need one with every scope.
 * @throws DomainError `FORBIDDEN`
 */
export function requireHeldRights(staff: Staff, { scopes, permissions }: Rights): void {
  requireHeld(staff, scopes);
  if (staff.kind === "system" || staff.scopes.includes("*")) return;
  const held = staff.kind === "agent" ? staff.permissions : [];
  const missing = permissions.find((permission) => !holdsPermission(held, permission));
  if (missing) throw new DomainError("FORBIDDEN", `You do not hold the permission ${missing} yourself`);
}

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

export function resolveRole({ role, customRole }: RoleRow): ResolvedRole {
  if (!customRole) return { role: role as Role, customRoleId: null, roleName: role, rights: rightsOf(role as Role) };
  const { id, name, permissions, scopes } = customRole;
  return { role: "User", customRoleId: id, roleName: name, rights: { permissions, scopes } as Rights };
}

/** @throws DomainError `NOT_FOUND` for a custom role that is none */
export async function findRole(db: Pick<Transaction, "select">, choice: RoleChoice): Promise<ResolvedRole> {
  if (!("customRoleId" in choice)) return resolveRole({ role: choice.role, customRole: null });
  const [customRole] = await db.select().from(customRoles).where(eq(customRoles.id, choice.customRoleId));
  if (!customRole) throw new DomainError("NOT_FOUND", "No such role");
  return resolveRole({ role: "User", customRole });
}

/** An agent as changes to the team see him. */
export interface Member extends ResolvedRole {
  personId: string;
  name: string;
  email: string;
  disabledAt: Date | null;
}

/** @throws DomainError `NOT_FOUND` for whoever is no agent */
export async function findMember(tx: Transaction, personId: string): Promise<Member> {
  const [row] = await tx
    .select({ person: people, credential: credentials, customRole: customRoles })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(eq(credentials.personId, personId));
  if (!row) throw new DomainError("NOT_FOUND", "No such agent");
  const { person, credential, customRole } = row;
  const { email, disabledAt } = credential;
  return { personId, name: person.name, email, disabledAt, ...resolveRole({ role: person.role, customRole }) };
}

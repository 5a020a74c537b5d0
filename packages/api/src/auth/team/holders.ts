import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
import { and, eq, inArray, isNull } from "drizzle-orm";
import { holdsScope, type ResolvedRole, resolveRole } from "../permissions.ts";
import type { Scope } from "../schema.ts";

/** The agents who can sign in and hold a scope. */
export async function selectHolders(db: Database | Transaction, scope: Scope): Promise<string[]> {
  const rows = await db
    .select({ id: people.id, role: people.role, customRole: customRoles })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(isNull(credentials.disabledAt))
    .orderBy(people.id);
  return rows.filter((row) => holdsScope(resolveRole(row).rights.scopes, scope)).map(({ id }) => id);
}

/** Those of these people who are agents and can sign in, with what they may do now. */
export async function selectAgents(
  db: Database | Transaction,
  personIds: readonly string[],
): Promise<({ personId: string; name: string; email: string } & ResolvedRole)[]> {
  if (personIds.length === 0) return [];
  const rows = await db
    .select({
      personId: people.id,
      name: people.name,
      email: credentials.email,
      role: people.role,
      customRole: customRoles,
    })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(and(isNull(credentials.disabledAt), inArray(people.id, [...personIds])));
  return rows.map(({ personId, name, email, ...row }) => ({ personId, name, email, ...resolveRole(row) }));
}

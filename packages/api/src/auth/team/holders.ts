import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
import { eq, isNull } from "drizzle-orm";
import { holdsScope, resolveRole } from "../permissions.ts";
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

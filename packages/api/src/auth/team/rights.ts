import type { Transaction } from "@pult/db/database.ts";
import { customRoles } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { authError } from "../errors.ts";
import { type ResolvedRole, resolveRole } from "../permissions.ts";
import type { RoleChoice } from "./schema.ts";

/** Changes to the team and its roles wait for each other, so that what one has checked holds until it commits. */
export const lockTeam = (tx: Transaction) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('auth.team', 0))`);

/** @throws DomainError `NOT_FOUND` for an unknown custom role */
export async function findRole(db: Pick<Transaction, "select">, choice: RoleChoice): Promise<ResolvedRole> {
  if (!("customRoleId" in choice)) return resolveRole({ role: choice.role, customRole: null });
  const [customRole] = await db.select().from(customRoles).where(eq(customRoles.id, choice.customRoleId));
  if (!customRole) throw authError("roleNotFound");
  return resolveRole({ role: "User", customRole });
}

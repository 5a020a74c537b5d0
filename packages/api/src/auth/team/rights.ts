import type { Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
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

/** An agent as changes to the team read them. */
export interface Member extends ResolvedRole {
  personId: string;
  name: string;
  email: string;
  disabledAt: Date | null;
}

/** @throws DomainError `NOT_FOUND` for a person who is no agent */
export async function findMember(tx: Transaction, personId: string): Promise<Member> {
  const [row] = await tx
    .select({ person: people, credential: credentials, customRole: customRoles })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(eq(credentials.personId, personId));
  if (!row) throw authError("agentNotFound");
  const { person, credential, customRole } = row;
  const { email, disabledAt } = credential;
  return { personId, name: person.name, email, disabledAt, ...resolveRole({ role: person.role, customRole }) };
}

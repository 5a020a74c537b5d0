import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
import { and, eq, type SQL } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { type ResolvedRole, requireAgent, resolveRole } from "../permissions.ts";

type Credentials = typeof credentials.$inferSelect;

/** An agent, with how they sign in and what they may do. */
export interface AgentAccount extends Credentials, ResolvedRole {
  name: string;
  languageCode: string | null;
}

export async function findAccountWhere(db: Database | Transaction, which: SQL): Promise<AgentAccount | null> {
  const [row] = await db
    .select({ account: credentials, person: people, customRole: customRoles })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(which);
  if (!row) return null;
  const { account, person, customRole } = row;
  const { name, languageCode, role } = person;
  return { ...account, name, languageCode, ...resolveRole({ role, customRole }) };
}

/** @param email in any case */
export const findAccountByEmail = (db: Database | Transaction, email: string): Promise<AgentAccount | null> =>
  findAccountWhere(db, eq(credentials.email, email.toLowerCase()));

export const findAccount = (db: Database | Transaction, personId: string): Promise<AgentAccount | null> =>
  findAccountWhere(db, eq(credentials.personId, personId));

/** Changes an account, where it is as expected. @returns whether it was */
export async function updateAccount(
  db: Database | Transaction,
  personId: string,
  change: Partial<Credentials>,
  expected?: SQL,
): Promise<boolean> {
  const changed = await db
    .update(credentials)
    .set(change)
    .where(and(eq(credentials.personId, personId), expected))
    .returning({ personId: credentials.personId });
  return changed.length > 0;
}

/** The caller's own account. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function ownAccount(ctx: Context): Promise<AgentAccount> {
  const { personId } = requireAgent(ctx.actor);
  const account = await findAccount(ctx.db, personId);
  if (!account) throw requestError("signInRequired");
  return account;
}

/** How an account is named in the record. */
export const targetOf = ({ personId, name }: { personId: string; name: string }) => ({
  kind: "person",
  id: personId,
  name,
});

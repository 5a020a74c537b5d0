import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, people } from "@pult/db/schema/auth.ts";
import { eq, type SQL } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { requireAgent } from "../permissions.ts";

/** An agent as sign-in reads them. */
export interface AgentAccount {
  personId: string;
  name: string;
  languageCode: string | null;
  /** Lower case. */
  email: string;
  passwordHash: string;
  passwordChangedAt: Date;
  disabledAt: Date | null;
  /** Sealed. */
  totpSecret: string | null;
  totpEnabledAt: Date | null;
}

async function findWhere(db: Database | Transaction, which: SQL): Promise<AgentAccount | null> {
  const [account] = await db
    .select({
      personId: credentials.personId,
      name: people.name,
      languageCode: people.languageCode,
      email: credentials.email,
      passwordHash: credentials.passwordHash,
      passwordChangedAt: credentials.passwordChangedAt,
      disabledAt: credentials.disabledAt,
      totpSecret: credentials.totpSecret,
      totpEnabledAt: credentials.totpEnabledAt,
    })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .where(which);
  return account ?? null;
}

/** @param email in any case */
export const findAccountByEmail = (db: Database | Transaction, email: string): Promise<AgentAccount | null> =>
  findWhere(db, eq(credentials.email, email.toLowerCase()));

export const findAccount = (db: Database | Transaction, personId: string): Promise<AgentAccount | null> =>
  findWhere(db, eq(credentials.personId, personId));

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

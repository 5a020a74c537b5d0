import type { Transaction } from "@pult/db/database.ts";
import { credentials, identities, people } from "@pult/db/schema/auth.ts";
import { and, eq } from "drizzle-orm";
import { authError } from "../errors.ts";
import type { Role } from "../schema.ts";

interface NewAgent {
  /** Lower case. */
  email: string;
  name: string;
  role: Role;
  customRoleId: string | null;
  passwordHash: string;
}

/** Makes a person an agent. @throws DomainError `CONFLICT` when the e-mail is taken */
export async function addAgent(tx: Transaction, agent: NewAgent): Promise<{ personId: string; name: string }> {
  const { email, name, role, customRoleId, passwordHash } = agent;
  if (await isTaken(tx, email)) throw authError("emailTaken");
  const [person] = await tx.insert(people).values({ name, role, customRoleId }).returning({ personId: people.id });
  if (!person) throw new Error("The agent was not stored");
  await tx.insert(credentials).values({ personId: person.personId, email, passwordHash });
  await tx
    .insert(identities)
    .values({ namespace: "agent", externalId: email, personId: person.personId, proven: true });
  return { ...person, name };
}

/** @param email lower case */
export async function isTaken(tx: Transaction, email: string): Promise<boolean> {
  const [agent] = await tx.select({ id: credentials.personId }).from(credentials).where(eq(credentials.email, email));
  if (agent) return true;
  const [identity] = await tx
    .select({ id: identities.personId })
    .from(identities)
    .where(and(eq(identities.namespace, "agent"), eq(identities.externalId, email)));
  return identity !== undefined;
}

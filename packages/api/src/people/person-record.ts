import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, identities, people, personMerges, sessions } from "@pult/db/schema/auth.ts";
import { inArray, or } from "drizzle-orm";
import { requireHeldRights, type Staff } from "../auth/permissions.ts";
import type { PersonReferences } from "../slice.ts";
import type { AuditReferences } from "./audit-references.ts";
import { peopleError } from "./errors.ts";
import { selectConversations, selectMergedIds } from "./find.ts";
import { lockPerson } from "./roles.ts";

/**
 * Locks a person and everyone who was merged into them, for a caller who holds at least the rights of each.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`
 */
export async function lockPersonRecord(tx: Transaction, staff: Staff, personId: string): Promise<void> {
  for (const id of (await selectMergedIds(tx, personId)).toSorted())
    requireHeldRights(staff, (await lockPerson(tx, id)).rights);
}

/**
 * A person, first, with everyone who was merged into them.
 * @throws DomainError `NOT_FOUND`, `CONFLICT` for a person who was merged into another
 */
export async function readPersonRecord(db: Database | Transaction, personId: string) {
  const ids = await selectMergedIds(db, personId);
  const found = await db.select().from(people).where(inArray(people.id, ids));
  found.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  const [self] = found;
  if (!self) throw peopleError("notFound");
  if (self.mergedIntoId) throw peopleError("merged", { id: self.mergedIntoId });
  const [names, accounts, opened, merges, conversations] = await Promise.all([
    db.select().from(identities).where(inArray(identities.personId, ids)),
    db.select().from(credentials).where(inArray(credentials.personId, ids)),
    db.select().from(sessions).where(inArray(sessions.personId, ids)),
    db
      .select()
      .from(personMerges)
      .where(or(inArray(personMerges.keptId, ids), inArray(personMerges.mergedId, ids))),
    selectConversations(db, ids),
  ]);
  const references: PersonReferences = {
    personIds: found.map((row) => row.id),
    identities: names.map(({ namespace, externalId }) => ({ namespace, externalId })) as PersonReferences["identities"],
    agents: found
      .filter((one) => accounts.some((account) => account.personId === one.id))
      .map(({ id, name }) => ({ personId: id, name })),
  };
  /** Also names the Telegram user by whom an agent signs in. */
  const inAudit: AuditReferences = {
    personIds: references.personIds,
    identities: [
      ...references.identities,
      ...accounts.flatMap(({ telegramId }) => (telegramId ? [{ namespace: "telegram", externalId: telegramId }] : [])),
    ],
    emails: accounts.map((row) => row.email),
    recordIds: [...opened, ...merges].map((row) => row.id),
    conversationIds: conversations.map((row) => row.id),
  };
  return { people: found, identities: names, credentials: accounts, sessions: opened, merges, references, inAudit };
}
export type PersonRecord = Awaited<ReturnType<typeof readPersonRecord>>;

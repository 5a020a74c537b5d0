import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, identities, people, personMerges, sessions } from "@pult/db/schema/auth.ts";
import { inArray, or } from "drizzle-orm";
import { requireHeldRights, type Staff } from "../auth/permissions.ts";
import { DomainError } from "../errors.ts";
import { listConversationsOf } from "../support/person-conversations.ts";
import type { Traces } from "./audit-traces.ts";
import { selectMergedIds } from "./find.ts";
import { lockPerson } from "./roles.ts";

type Row<Table extends { $inferSelect: unknown }> = Table["$inferSelect"];

/** Somebody with everybody who has become part of him. */
export interface WholePerson {
  /** Himself first. */
  people: Row<typeof people>[];
  identities: Row<typeof identities>[];
  credentials: Row<typeof credentials>[];
  sessions: Row<typeof sessions>[];
  merges: Row<typeof personMerges>[];
  /** By what records name him; the Telegram user by whom an agent signs in among his identities. */
  traces: Traces;
}

/**
 * Locks somebody and everybody who has become part of him, for whoever may do as much as all of them.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN` when one of them may more than the caller
 */
export async function lockWholePerson(tx: Transaction, staff: Staff, personId: string): Promise<void> {
  for (const id of (await selectMergedIds(tx, personId)).toSorted())
    requireHeldRights(staff, (await lockPerson(tx, id)).rights);
}

/** @throws DomainError `NOT_FOUND`, `CONFLICT` for somebody who has become part of another */
export async function readWholePerson(db: Database | Transaction, personId: string): Promise<WholePerson> {
  const ids = await selectMergedIds(db, personId);
  const found = await db.select().from(people).where(inArray(people.id, ids));
  found.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  const [self] = found;
  if (!self) throw new DomainError("NOT_FOUND", "No such person");
  if (self.mergedIntoId)
    throw new DomainError("CONFLICT", `He has become part of ${self.mergedIntoId}: that is the person to name`);
  const [names, accounts, opened, merges, conversations] = await Promise.all([
    db.select().from(identities).where(inArray(identities.personId, ids)),
    db.select().from(credentials).where(inArray(credentials.personId, ids)),
    db.select().from(sessions).where(inArray(sessions.personId, ids)),
    db
      .select()
      .from(personMerges)
      .where(or(inArray(personMerges.keptId, ids), inArray(personMerges.mergedId, ids))),
    listConversationsOf(db, ids),
  ]);
  const traces = {
    personIds: found.map((row) => row.id),
    identities: [
      ...names.map(({ namespace, externalId }) => ({ namespace, externalId })),
      ...accounts.flatMap(({ telegramId }) => (telegramId ? [{ namespace: "telegram", externalId: telegramId }] : [])),
    ],
    emails: accounts.map((row) => row.email),
    recordIds: [...opened, ...merges].map((row) => row.id),
    conversationIds: conversations.map((row) => row.id),
  };
  return { people: found, identities: names, credentials: accounts, sessions: opened, merges, traces };
}

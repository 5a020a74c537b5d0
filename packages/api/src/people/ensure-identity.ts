import type { Transaction } from "@pult/db/database.ts";
import { identities, people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { findPersonId } from "./find.ts";
import type { IdentityRef } from "./schema.ts";

/**
 * Finds the person behind an identity; a new one becomes the owner's, or gets a person of its own. The first of two at once wins.
 * @returns the person's id
 */
export async function ensureIdentity(
  tx: Transaction,
  ref: IdentityRef & { name?: string | null; username?: string | null; languageCode?: string | null },
  owner: { personId: string } | null = null,
): Promise<string> {
  const { namespace, externalId, name, username = null, languageCode = null } = ref;
  const known = await findPersonId(tx, ref);
  if (known) return known;
  const personId = owner?.personId ?? (await insertPerson(tx, { name: name ?? externalId, languageCode }));
  const [inserted] = await tx
    .insert(identities)
    .values({ namespace, externalId, personId, username })
    .onConflictDoNothing()
    .returning({ personId: identities.personId });
  if (inserted) return inserted.personId;
  if (!owner) await tx.delete(people).where(eq(people.id, personId));
  const winner = await findPersonId(tx, ref);
  if (!winner) throw new Error("The identity was not stored");
  return winner;
}

async function insertPerson(tx: Transaction, person: { name: string; languageCode: string | null }): Promise<string> {
  const [row] = await tx.insert(people).values(person).returning({ id: people.id });
  if (!row) throw new Error("The person was not stored");
  return row.id;
}

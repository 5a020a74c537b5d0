import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, identities, people, personMerges } from "@pult/db/schema/auth.ts";
import { and, desc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Role } from "../auth/schema.ts";
import type { Context } from "../context.ts";
import { slices } from "../slices.ts";
import { peopleError } from "./errors.ts";
import { findPersonId, selectIdentities } from "./identities.ts";
import type { Merging, Moved } from "./merge-rows.ts";
import type { PersonConversation, SearchPeopleInput, ShowPersonInput } from "./schema.ts";

type Reader = Database | Transaction;

/** People by name, username or id; merged people are found as the person they were merged into. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function searchPeople(ctx: Context, input: SearchPeopleInput) {
  requireStaff(ctx.actor, "auth:read");
  const words = input.query
    .split(/\s+/u)
    .filter((word) => word !== "")
    .slice(0, 8)
    .map((word) => `%${word.replace(/[\\%_]/g, "\\$&")}%`);
  const matches = words.map(
    (word) => sql`(${people.name} ilike ${word} or ${people.id}::text ilike ${word} or exists (
      select 1 from ${identities} i where i.person_id = ${people.id}
      and concat_ws(' ', i.external_id, i.username) ilike ${word}))`,
  );
  return selectSummaries(ctx.db, and(isNull(people.mergedIntoId), ...matches), input.limit);
}

/** One person with everything that belongs to them; what a merged one had is with the person `mergedIntoId`. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function showPerson(ctx: Context, input: ShowPersonInput) {
  requireStaff(ctx.actor, "auth:read");
  const personId = "personId" in input ? input.personId : await findPersonId(ctx.db, input);
  const [summary] = personId ? await selectSummaries(ctx.db, eq(people.id, personId), 1) : [];
  if (!summary) throw peopleError("notFound");
  const [[row], conversations, merges] = await Promise.all([
    ctx.db.select({ mergedIntoId: people.mergedIntoId }).from(people).where(eq(people.id, summary.id)),
    selectConversations(ctx.db, [summary.id]),
    selectUndoable(ctx.db, summary.id),
  ]);
  return { ...summary, mergedIntoId: row?.mergedIntoId ?? null, conversations, merges };
}

async function selectSummaries(db: Reader, condition: SQL | undefined, limit: number) {
  const rows = await db
    .select({ person: people, customRole: customRoles.name, credential: credentials.personId })
    .from(people)
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .leftJoin(credentials, eq(credentials.personId, people.id))
    .where(condition)
    .orderBy(desc(people.createdAt), people.id)
    .limit(limit);
  const byPerson = await selectIdentities(
    db,
    rows.map(({ person }) => person.id),
  );
  return rows.map(({ person, customRole, credential }) => ({
    id: person.id,
    name: person.name,
    role: person.role as Role,
    /** Counts in the place of `role`. */
    customRole,
    languageCode: person.languageCode,
    /** Can sign in to the dashboard, or could. */
    isAgent: credential !== null,
    createdAt: person.createdAt.toISOString(),
    identities: byPerson.get(person.id) ?? [],
  }));
}

/** Merges into a person that stand, newest first. */
async function selectUndoable(db: Reader, personId: string) {
  const rows = await db
    .select({ merge: personMerges, mergedName: people.name })
    .from(personMerges)
    .innerJoin(people, eq(people.id, personMerges.mergedId))
    .where(and(eq(personMerges.keptId, personId), isNull(personMerges.undoneAt)))
    .orderBy(desc(personMerges.createdAt), personMerges.id);
  return rows.map(({ merge, mergedName }) => ({
    id: merge.id,
    mergedId: merge.mergedId,
    mergedName,
    reason: merge.reason as Merging["reason"],
    createdAt: merge.createdAt.toISOString(),
    /** What came with them. */
    identities: (merge.moved as Moved).identities,
  }));
}

/** A person and everyone merged into them, directly or not. */
export async function selectMergedIds(db: Reader, personId: string): Promise<string[]> {
  const ids = [personId];
  for (let newest = ids; newest.length > 0; ) {
    const rows = await db.select({ id: people.id }).from(people).where(inArray(people.mergedIntoId, newest));
    newest = rows.map((row) => row.id).filter((id) => !ids.includes(id));
    ids.push(...newest);
  }
  return ids;
}

/** What the slices hold for these people. */
export async function selectConversations(db: Reader, personIds: readonly string[]): Promise<PersonConversation[]> {
  return (await Promise.all(slices.map(({ personalData }) => personalData.conversations(db, personIds)))).flat();
}

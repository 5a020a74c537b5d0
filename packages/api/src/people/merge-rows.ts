import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { identities, people, personMerges, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, inArray, or, sql } from "drizzle-orm";
import type { Role } from "../auth/schema.ts";
import { slices } from "../slices.ts";
import type { IdentityRef } from "./schema.ts";

/** What a merge moved, so that undoing it moves back exactly that. */
export interface Moved {
  identities: IdentityRef[];
  /** What each slice moved, by its name. */
  slices: Record<string, unknown>;
  /** By id, never by token. */
  sessionIds: string[];
  /** The merged person's role before. */
  role: Role;
  customRoleId: string | null;
}

export interface Merging {
  keepId: string;
  mergeId: string;
  reason: "agent" | "proof";
  /** The agent who decided. */
  createdBy: string | null;
  now: Date;
}

/**
 * Merges one person into another: identities, sessions and everything the slices hold become the kept one's. Both people are locked
 * already. The row that stays behind has no rights, so that a session that is just being opened for it has none.
 */
export async function moveEverything(tx: Transaction, merging: Merging): Promise<string> {
  const { keepId, mergeId, now } = merging;
  for (const { personalData } of slices) await personalData.lock(tx, [keepId, mergeId]);
  const [before] = await tx
    .select({ role: people.role, customRoleId: people.customRoleId })
    .from(people)
    .where(eq(people.id, mergeId));
  if (!before) throw new Error("The person to merge is gone");
  // Identities first: a writer who starts something for one waits, or has done so before the slices move.
  const movedIdentities = await tx
    .update(identities)
    .set({ personId: keepId })
    .where(eq(identities.personId, mergeId))
    .returning({ namespace: identities.namespace, externalId: identities.externalId });
  const bySlice: Record<string, unknown> = {};
  for (const { name, personalData } of slices)
    bySlice[name] = await personalData.merge(tx, { from: mergeId, to: keepId });
  const movedSessions = await tx
    .update(sessions)
    .set({ personId: keepId })
    .where(eq(sessions.personId, mergeId))
    .returning({ id: sessions.id });
  await tx.update(people).set({ mergedIntoId: keepId, role: "User", customRoleId: null }).where(eq(people.id, mergeId));
  const moved = {
    identities: movedIdentities,
    slices: bySlice,
    sessionIds: movedSessions.map((row) => row.id),
    ...before,
  };
  const [row] = await tx
    .insert(personMerges)
    .values({
      keptId: keepId,
      mergedId: mergeId,
      moved,
      reason: merging.reason,
      createdBy: merging.createdBy,
      createdAt: now,
    })
    .returning({ id: personMerges.id });
  if (!row) throw new Error("The merge was not stored");
  return row.id;
}

interface Undoing {
  id: string;
  keptId: string;
  mergedId: string;
  moved: Moved;
  now: Date;
}

/** Moves back what a merge moved, as far as it is still there, with what the identities have begun since. Both people are locked already. */
export async function moveBack(tx: Transaction, undoing: Undoing): Promise<void> {
  const { keptId, mergedId, moved } = undoing;
  for (const { personalData } of slices) await personalData.lock(tx, [keptId, mergedId]);
  const returned = rowsOf<IdentityRef>(
    await tx.execute(sql`
      update identities set person_id = ${mergedId}::uuid where person_id = ${keptId}::uuid and (namespace, external_id) in (
        select namespace, "externalId" from jsonb_to_recordset(${JSON.stringify(moved.identities)}::jsonb)
          as x(namespace text, "externalId" text))
      returning namespace, external_id as "externalId"`),
  );
  for (const { name, personalData } of slices) {
    const bySlice = moved.slices[name] ?? null;
    await personalData.unmerge(tx, { from: keptId, to: mergedId, moved: bySlice, identities: returned });
  }
  // Also sessions that an identity has opened since: they belong to it, not to the person it was merged into.
  const speaking = returned.map((ref) =>
    and(eq(sessions.namespace, ref.namespace), eq(sessions.externalId, ref.externalId)),
  );
  const recorded = moved.sessionIds.length > 0 ? [inArray(sessions.id, moved.sessionIds)] : [];
  if (speaking.length + recorded.length > 0) {
    await tx
      .update(sessions)
      .set({ personId: mergedId })
      .where(and(eq(sessions.personId, keptId), or(...speaking, ...recorded)));
  }
  const { role, customRoleId } = moved;
  await tx.update(people).set({ mergedIntoId: null, role, customRoleId }).where(eq(people.id, mergedId));
  await tx.update(personMerges).set({ undoneAt: undoing.now }).where(eq(personMerges.id, undoing.id));
}

import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { identities, people, personMerges, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, inArray, or, sql } from "drizzle-orm";
import type { Role } from "../auth/schema.ts";
import { lockConversationsOf, moveConversations, returnConversations } from "../support/person-conversations.ts";
import type { IdentityRef } from "./schema.ts";

/** What a merge moved, so that undoing it moves back exactly that. */
export interface Moved {
  identities: IdentityRef[];
  conversationIds: number[];
  /** By id, never by token. */
  sessionIds: string[];
  /** What the merged person was allowed before. */
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
 * Makes one person part of another: identities, conversations and sessions become the kept one's. Both people are locked already. The row
 * that stays behind may nothing, so that a session that is just being opened for it is worth nothing.
 */
export async function moveEverything(tx: Transaction, merging: Merging): Promise<string> {
  const { keepId, mergeId, now } = merging;
  await lockConversationsOf(tx, [keepId, mergeId]);
  const [before] = await tx
    .select({ role: people.role, customRoleId: people.customRoleId })
    .from(people)
    .where(eq(people.id, mergeId));
  if (!before) throw new Error("The person to merge is gone");
  // Identities first: whoever makes a conversation for one waits, or has made it before conversations are moved.
  const movedIdentities = await tx
    .update(identities)
    .set({ personId: keepId })
    .where(eq(identities.personId, mergeId))
    .returning({ namespace: identities.namespace, externalId: identities.externalId });
  const conversationIds = await moveConversations(tx, mergeId, keepId);
  const movedSessions = await tx
    .update(sessions)
    .set({ personId: keepId })
    .where(eq(sessions.personId, mergeId))
    .returning({ id: sessions.id });
  await tx.update(people).set({ mergedIntoId: keepId, role: "User", customRoleId: null }).where(eq(people.id, mergeId));
  const moved = {
    identities: movedIdentities,
    conversationIds,
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
  await lockConversationsOf(tx, [keptId, mergedId]);
  const returned = rowsOf<IdentityRef>(
    await tx.execute(sql`
      update identities set person_id = ${mergedId}::uuid where person_id = ${keptId}::uuid and (namespace, external_id) in (
        select namespace, "externalId" from jsonb_to_recordset(${JSON.stringify(moved.identities)}::jsonb)
          as x(namespace text, "externalId" text))
      returning namespace, external_id as "externalId"`),
  );
  await returnConversations(
    tx,
    { from: keptId, to: mergedId },
    { conversationIds: moved.conversationIds, identities: returned },
  );
  // Also sessions that an identity has opened since: they speak for it, not for the person it was part of.
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

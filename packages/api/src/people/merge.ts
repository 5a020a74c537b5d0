import type { Transaction } from "@pult/db/database.ts";
import { customRoles, personMerges } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { type Rights, requireHeldRights, requireStaff, resolveRole, type Staff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { DomainError, malformed } from "../errors.ts";
import { peopleError } from "./errors.ts";
import { selectConversations, selectMergedIds } from "./find.ts";
import { selectIdentities } from "./identities.ts";
import { type Moved, moveBack, moveEverything } from "./merge-rows.ts";
import { type LockedPerson, lockPeople, lockPerson, publishAllRightsChanged } from "./roles.ts";
import type { MergeInput } from "./schema.ts";

/**
 * What a merge would come to, and why it cannot be done, if so.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `VALIDATION` for one person twice
 */
export async function previewMerge(ctx: Context, input: MergeInput) {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireTwo(input);
  const ids = [input.keepId, input.mergeId];
  const [{ keep, refusals }, byPerson, conversations] = await Promise.all([
    ctx.db.transaction(async (tx) => {
      const two = await lockTwo(tx, input);
      return { keep: two.keep, refusals: refusalsOf(staff, two).map(({ message }) => message) };
    }),
    selectIdentities(ctx.db, ids),
    selectConversations(ctx.db, ids),
  ]);
  const identities = ids.flatMap((id) => byPerson.get(id) ?? []);
  return { identities, conversations, roleAfter: keep.role, refusals };
}

/**
 * Makes one person part of another; the kept one's role stays what it is.
 * @returns by what it can be undone
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when a role of theirs is more than the caller holds, `NOT_FOUND`, `CONFLICT` for agents
 * and people who were merged already, `VALIDATION` for one person twice
 */
export async function mergePeople(ctx: Context, input: MergeInput): Promise<{ mergeId: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireTwo(input);
  const { mergeId, notified } = await ctx.db.transaction(async (tx) => {
    await lockPeople(tx);
    const two = await lockTwo(tx, input);
    requireHeldOf(staff, two);
    const [refusal] = refusalsOf(staff, two);
    if (refusal) throw refusal;
    const createdBy = staff.kind === "agent" ? staff.personId : null;
    const id = await moveEverything(tx, { ...input, reason: "agent", createdBy, now: ctx.now() });
    await recordAudit(tx, ctx, {
      action: "auth.peopleMerged",
      target: { kind: "person", id: input.keepId },
      details: { mergedId: input.mergeId, mergeId: id, reason: "agent" },
    });
    return { mergeId: id, notified: await selectMergedIds(tx, input.keepId) };
  });
  publishAllRightsChanged(ctx.bus, input.keepId, notified);
  return { mergeId };
}

/**
 * Undoes a merge: everything it moved, and what those identities have begun since, is the merged person's again.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when the person's role is more than the caller holds, `NOT_FOUND`, `CONFLICT` when it was undone
 * already, or a later merge has to be undone first
 */
export async function undoMerge(ctx: Context, { id }: { id: string }): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  const { keptId, notified } = await ctx.db.transaction(async (tx) => {
    await lockPeople(tx);
    const merge = await readMerge(tx, id);
    const { keptId, mergedId } = merge;
    const { keep, merged } = await lockTwo(tx, { keepId: keptId, mergeId: mergedId });
    if (merge.undoneAt) throw peopleError("mergeUndone");
    if (keep.mergedIntoId || merged.mergedIntoId !== keptId) throw peopleError("mergedFurther");
    const { moved, rights } = await rightsBefore(tx, merge.moved as Moved);
    requireHeldRights(staff, rights);
    const notified = await selectMergedIds(tx, keptId);
    await moveBack(tx, { id, keptId, mergedId, moved, now: ctx.now() });
    await recordAudit(tx, ctx, {
      action: "auth.mergeUndone",
      target: { kind: "person", id: keptId },
      details: { mergedId, mergeId: id },
    });
    return { keptId, notified };
  });
  publishAllRightsChanged(ctx.bus, keptId, notified);
}

async function readMerge(tx: Transaction, id: string): Promise<typeof personMerges.$inferSelect> {
  const [merge] = await tx.select().from(personMerges).where(eq(personMerges.id, id));
  if (!merge) throw peopleError("mergeNotFound");
  return merge;
}

function requireTwo({ keepId, mergeId }: MergeInput): void {
  if (keepId.toLowerCase() === mergeId.toLowerCase()) throw malformed("Name two different people");
}

interface Two {
  keep: LockedPerson;
  merged: LockedPerson;
}

/** In the order of their ids, so that two merges at once cannot deadlock. @throws DomainError `NOT_FOUND` */
export async function lockTwo(tx: Transaction, { keepId, mergeId }: MergeInput): Promise<Two> {
  const locked = new Map<string, LockedPerson>();
  for (const id of [keepId, mergeId].map((one) => one.toLowerCase()).toSorted())
    locked.set(id, await lockPerson(tx, id));
  const [keep, merged] = [locked.get(keepId.toLowerCase()), locked.get(mergeId.toLowerCase())];
  if (!keep || !merged) throw new Error("Both were locked");
  return { keep, merged };
}

/** Why these two cannot become one. */
function refusalsOf(staff: Staff, two: Two): DomainError[] {
  const { keep, merged } = two;
  const refusals: DomainError[] = [];
  for (const { mergedIntoId, name } of [keep, merged])
    if (mergedIntoId) refusals.push(peopleError("mergedElsewhere", { name }));
  if (keep.isAgent && merged.isAgent) refusals.push(peopleError("bothAgents"));
  else if (merged.isAgent) refusals.push(peopleError("keepAgent", { name: merged.name }));
  try {
    requireHeldOf(staff, two);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    refusals.push(error);
  }
  return refusals;
}

/** A merge gives the kept person's rights to the other's identities and takes the other's away. @throws DomainError `FORBIDDEN` */
function requireHeldOf(staff: Staff, { keep, merged }: Two): void {
  for (const { rights } of [keep, merged]) requireHeldRights(staff, rights);
}

/** The merged person's rights after an undo; a custom role that was deleted since is not given back. */
async function rightsBefore(tx: Transaction, moved: Moved): Promise<{ moved: Moved; rights: Rights }> {
  const { role, customRoleId } = moved;
  const [customRole = null] = customRoleId
    ? await tx.select().from(customRoles).where(eq(customRoles.id, customRoleId))
    : [];
  const resolved = resolveRole({ role, customRole });
  return { moved: { ...moved, customRoleId: resolved.customRoleId }, rights: resolved.rights };
}

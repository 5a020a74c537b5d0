import type { Transaction } from "@pult/db/database.ts";
import { customRoles, personMerges } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { type Rights, requireHeldRights, requireStaff, resolveRole, type Staff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { listConversationsOf } from "../support/person-conversations.ts";
import { selectIdentities, selectMergedIds } from "./find.ts";
import { type Moved, moveBack, moveEverything } from "./merge-rows.ts";
import { type LockedPerson, lockPerson, takeTurn, tellAllRightsChanged } from "./roles.ts";
import type { MergeInput, MergePreview } from "./schema.ts";

/**
 * What a merge would come to.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `VALIDATION` for a person and himself
 */
export async function previewMerge(ctx: Context, input: MergeInput): Promise<MergePreview> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireTwo(input);
  const ids = [input.keepId, input.mergeId];
  const [{ keep, refusals }, byPerson, conversations] = await Promise.all([
    ctx.db.transaction(async (tx) => {
      const two = await lockTwo(tx, input);
      return { keep: two.keep, refusals: refusalsOf(staff, two) };
    }),
    selectIdentities(ctx.db, ids),
    listConversationsOf(ctx.db, ids),
  ]);
  const identities = ids.flatMap((id) => byPerson.get(id) ?? []);
  return { identities, conversations, roleAfter: keep.role, refusals };
}

/**
 * Makes one person part of another; the kept one's role stays what it is.
 * @returns by what it can be undone
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when a role of theirs is more than the caller holds, `NOT_FOUND`, `CONFLICT` for agents
 * and people who are part of somebody already, `VALIDATION` for a person and himself
 */
export async function mergePeople(ctx: Context, input: MergeInput): Promise<{ mergeId: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireTwo(input);
  const { mergeId, told } = await ctx.db.transaction(async (tx) => {
    await takeTurn(tx);
    const two = await lockTwo(tx, input);
    requireHeldOf(staff, two);
    const [refusal] = refusalsOf(staff, two);
    if (refusal) throw new DomainError("CONFLICT", refusal);
    const createdBy = staff.kind === "agent" ? staff.personId : null;
    const id = await moveEverything(tx, { ...input, reason: "agent", createdBy, now: ctx.now() });
    await recordAudit(tx, ctx, {
      action: "auth.peopleMerged",
      target: { kind: "person", id: input.keepId },
      details: { mergedId: input.mergeId, mergeId: id, reason: "agent" },
    });
    return { mergeId: id, told: await selectMergedIds(tx, input.keepId) };
  });
  tellAllRightsChanged(ctx.bus, input.keepId, told);
  return { mergeId };
}

/**
 * Takes a merge back: everything it moved, and what those identities have begun since, is the merged person's again.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when his role is more than the caller holds, `NOT_FOUND`, `CONFLICT` when it was undone
 * already, or a later merge has to be undone first
 */
export async function undoMerge(ctx: Context, { id }: { id: string }): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  const { keptId, told } = await ctx.db.transaction(async (tx) => {
    await takeTurn(tx);
    const merge = await readMerge(tx, id);
    const { keptId, mergedId } = merge;
    const { keep, merged } = await lockTwo(tx, { keepId: keptId, mergeId: mergedId });
    if (merge.undoneAt) throw new DomainError("CONFLICT", "This was undone already");
    if (keep.mergedIntoId || merged.mergedIntoId !== keptId)
      throw new DomainError("CONFLICT", "They have been merged further: undo the later merge first");
    const { moved, rights } = await rightsBefore(tx, merge.moved as Moved);
    requireHeldRights(staff, rights);
    const told = await selectMergedIds(tx, keptId);
    await moveBack(tx, { id, keptId, mergedId, moved, now: ctx.now() });
    await recordAudit(tx, ctx, {
      action: "auth.mergeUndone",
      target: { kind: "person", id: keptId },
      details: { mergedId, mergeId: id },
    });
    return { keptId, told };
  });
  tellAllRightsChanged(ctx.bus, keptId, told);
}

async function readMerge(tx: Transaction, id: string): Promise<typeof personMerges.$inferSelect> {
  const [merge] = await tx.select().from(personMerges).where(eq(personMerges.id, id));
  if (!merge) throw new DomainError("NOT_FOUND", "No such merge");
  return merge;
}

function requireTwo({ keepId, mergeId }: MergeInput): void {
  if (keepId.toLowerCase() === mergeId.toLowerCase())
    throw new DomainError("VALIDATION", "Nobody is merged into himself");
}

interface Two {
  keep: LockedPerson;
  merged: LockedPerson;
}

/** In the order of their ids, so that two merges at once take turns. @throws DomainError `NOT_FOUND` */
export async function lockTwo(tx: Transaction, { keepId, mergeId }: MergeInput): Promise<Two> {
  const locked = new Map<string, LockedPerson>();
  for (const id of [keepId, mergeId].map((one) => one.toLowerCase()).toSorted())
    locked.set(id, await lockPerson(tx, id));
  const [keep, merged] = [locked.get(keepId.toLowerCase()), locked.get(mergeId.toLowerCase())];
  if (!keep || !merged) throw new Error("Both were locked");
  return { keep, merged };
}

/** Why these two cannot become one. */
function refusalsOf(staff: Staff, two: Two): string[] {
  const { keep, merged } = two;
  const refusals: string[] = [];
  if (keep.mergedIntoId) refusals.push(`${keep.name} has become part of somebody else`);
  if (merged.mergedIntoId) refusals.push(`${merged.name} has become part of somebody else`);
  if (keep.isAgent && merged.isAgent) refusals.push("Both are agents");
  else if (merged.isAgent) refusals.push(`${merged.name} is an agent: keep him instead`);
  try {
    requireHeldOf(staff, two);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    refusals.push(error.message);
  }
  return refusals;
}

/** What the kept one may is handed to the other's identities, and what the other may is taken from him. @throws DomainError `FORBIDDEN` */
function requireHeldOf(staff: Staff, { keep, merged }: Two): void {
  for (const { rights } of [keep, merged]) requireHeldRights(staff, rights);
}

/** What the merged person may again; a custom role that was deleted since is not given back. */
async function rightsBefore(tx: Transaction, moved: Moved): Promise<{ moved: Moved; rights: Rights }> {
  const { role, customRoleId } = moved;
  const [customRole = null] = customRoleId
    ? await tx.select().from(customRoles).where(eq(customRoles.id, customRoleId))
    : [];
  const resolved = resolveRole({ role, customRole });
  return { moved: { ...moved, customRoleId: resolved.customRoleId }, rights: resolved.rights };
}

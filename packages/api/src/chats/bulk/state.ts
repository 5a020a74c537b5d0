import type { Transaction } from "@pult/db/database.ts";
import { telegramBulkRecipients, telegramBulks } from "@pult/db/schema/bulk.ts";
import { and, eq } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { requireWorking } from "../access.ts";
import { chatsError } from "../errors.ts";
import { targetOf } from "../store/chats.ts";
import { approversOf, ownApprovers } from "./approvers.ts";
import { getBulk } from "./list.ts";
import { settleBulkNotices } from "./notices.ts";
import { type BulkRow, changeBulk } from "./rows.ts";
import type { Bulk, BulkStateInput, VersionedInput } from "./schema.ts";
import { wakeAccount } from "./tick.ts";

/**
 * Approves what waits for it: from here on its text and its recipients stay as they are, and it is sent. Again by the same person, it does nothing.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN` for its authors while another person may, and for keys; `CONFLICT` when it was changed since,
 * does not wait, or another person approved it; `AUTH_EXPIRED`
 */
export async function approveBulk(ctx: Context, { id, version }: VersionedInput): Promise<Bulk> {
  const staff = requireStaff(ctx.actor, "chats:write");
  if (staff.kind !== "agent") throw chatsError("personsOnly");
  const { personId, name } = staff;
  await changeBulk(ctx, id, async (tx, { row, account }) => {
    if (row.approvedBy === personId && row.version === version) return [];
    if (row.state !== "waiting") throw chatsError("bulkStep", { state: row.state });
    if (row.version !== version) throw chatsError("bulkChanged");
    requireWorking(account);
    if (account.row.stoppedBy) throw chatsError("sendingStopped", { reason: account.row.stoppedBy });
    if (!ownApprovers(row, await approversOf(tx, account.row, ctx.now())).includes(personId))
      throw chatsError("bulkOwnApproval");
    const now = ctx.now();
    await tx
      .update(telegramBulks)
      .set({ state: "running", approvedBy: personId, approvedByName: name, approvedAt: now, updatedAt: now })
      .where(eq(telegramBulks.id, id));
    await wakeAccount(tx, targetOf(account), now);
    await recordAudit(tx, ctx, { action: "bulk.approved", target: targetOfAudit(row) });
    return settleBulkNotices(tx, now, id);
  });
  publishDue(ctx.bus);
  return getBulk(ctx, { id });
}

const ACTIONS = { running: "bulk.resumed", paused: "bulk.paused", cancelled: "bulk.cancelled" } as const;

/**
 * Pauses a message to many, goes on with it, or gives up what was not sent yet; what is under way is finished. Again, it does nothing.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` for one that is over or was not approved, `AUTH_EXPIRED`
 */
export async function setBulkState(ctx: Context, { id, state }: BulkStateInput): Promise<Bulk> {
  requireStaff(ctx.actor, "chats:write");
  await changeBulk(ctx, id, async (tx, { row, account }) => {
    if (row.state === state) return [];
    if (row.state === "done" || row.state === "cancelled") throw chatsError("bulkStep", { state: row.state });
    if (row.approvedAt === null && state !== "cancelled") throw chatsError("bulkStep", { state: row.state });
    const now = ctx.now();
    if (state === "running") {
      requireWorking(account);
      if (account.row.stoppedBy) throw chatsError("sendingStopped", { reason: account.row.stoppedBy });
      await wakeAccount(tx, targetOf(account), now);
    }
    if (state === "cancelled") await giveUp(tx, id, now);
    const finishedAt = state === "cancelled" ? now : null;
    await tx
      .update(telegramBulks)
      .set({ state, pauseReason: null, updatedAt: now, finishedAt })
      .where(eq(telegramBulks.id, id));
    await recordAudit(tx, ctx, { action: ACTIONS[state], target: targetOfAudit(row) });
    return settleBulkNotices(tx, now, id);
  });
  publishDue(ctx.bus);
  return getBulk(ctx, { id });
}

const targetOfAudit = ({ id, name }: BulkRow) => ({ kind: "bulk", id, name });

const giveUp = (tx: Transaction, id: string, now: Date) =>
  tx
    .update(telegramBulkRecipients)
    .set({ state: "skipped", reason: "cancelled", finishedAt: now })
    .where(and(eq(telegramBulkRecipients.bulkId, id), eq(telegramBulkRecipients.state, "queued")));

import type { Transaction } from "@pult/db/database.ts";
import { countChanged } from "@pult/db/rows.ts";
import { broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import { enqueue } from "../../outbox/outbox.ts";
import { botLease } from "../../telegram/telegram.ts";
import { notificationsError } from "../errors.ts";
import { changeLocked, publish } from "./changes.ts";
import { startLanes } from "./lanes.ts";
import { isOfUser, toastResults } from "./results.ts";
import { requireBroadcaster } from "./rights.ts";
import { type BroadcastRow, itemFor, withoutItem } from "./rows.ts";
import type { Broadcast, RetryInput } from "./schema.ts";
import { settleTold } from "./tell-author.ts";

const AUDIT_ACTIONS = {
  active: "bot.broadcastResumed",
  paused: "bot.broadcastPaused",
  cancelled: "bot.broadcastCancelled",
} as const;

/**
 * Pauses a broadcast, goes on with it, or gives up what was not sent yet. What is under way is finished.
 * @param change.paid false goes on at the free speed
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` for one that has ended
 */
export async function setBroadcastState(
  ctx: Context,
  change: { id: string; state: Broadcast["state"]; paid?: false | undefined },
): Promise<Broadcast> {
  await requireBroadcaster(ctx);
  const { id, state, paid } = change;
  return publish(ctx, (tx) =>
    changeLocked(tx, id, async (row) => {
      if (row.state === state) return false;
      const open = and(eq(broadcastTargets.broadcastId, id), isNull(broadcastTargets.finishedAt));
      const isOver = row.state === "cancelled" || (await tx.$count(broadcastTargets, open)) === 0;
      if (isOver) throw notificationsError("broadcastEnded");
      const speed = paid === false ? { paid } : {};
      await tx
        .update(broadcasts)
        .set({ state, pauseReason: null, ...speed })
        .where(eq(broadcasts.id, id));
      if (state === "cancelled") {
        const cancelling = tx
          .update(broadcastTargets)
          .set({ state: "cancelled", finishedAt: ctx.now() })
          .where(and(open, eq(broadcastTargets.state, "pending"), isNull(broadcastTargets.calledAt)));
        if (isOfUser(row)) return toastResults(tx, row, await cancelling.returning());
        await cancelling;
      }
      if (state === "active") await owePending(tx, ctx, { ...row, ...speed });
      await recordAudit(tx, ctx, { action: AUDIT_ACTIONS[state], target: { kind: "broadcast", id }, details: speed });
      return settleTold(tx, ctx.now(), row);
    }),
  );
}

/**
 * Sends again what failed, and pins what could not be pinned. What may have arrived is never sent again.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` when there is nothing to try again
 */
export async function retryFailed(ctx: Context, { id, pin }: RetryInput): Promise<Broadcast> {
  await requireBroadcaster(ctx);
  return publish(ctx, (tx) =>
    changeLocked(tx, id, async (row) => {
      if (row.state === "cancelled") throw notificationsError("broadcastEnded");
      // Customers who have unsubscribed since are left alone.
      const isWanted = sql`(thread_id is not null or chat_id < 0 or exists (
        select 1 from broadcast_subscriptions s where s.chat_id = broadcast_targets.chat_id and s.ended_at is null))`;
      const failed = await countChanged(
        tx,
        sql`update broadcast_targets set state = 'pending', reason = null, finished_at = null, called_at = null, pin = pin and ${pin}
            where broadcast_id = ${id}::uuid and state = 'failed' and ${isWanted}`,
      );
      const unpinned = pin && row.kind === "broadcast" ? await reopenUnpinned(tx, id) : [];
      if (failed + unpinned.length === 0) throw notificationsError("nothingToRetry");
      if (row.state === "active") await owePending(tx, ctx, row);
      await enqueue(
        tx,
        unpinned.map((target) => itemFor(target, { ...rulesOf(ctx, row), type: "pin", isAwaited: false })),
      );
      const details = { targets: failed + unpinned.length, pin };
      await recordAudit(tx, ctx, { action: "bot.broadcastRetried", target: { kind: "broadcast", id }, details });
      return settleTold(tx, ctx.now(), row);
    }),
  );
}

/** Targets with a message that could not be pinned. */
const reopenUnpinned = (tx: Transaction, id: string) =>
  tx
    .update(broadcastTargets)
    .set({ reason: null, finishedAt: null })
    .where(
      and(
        eq(broadcastTargets.broadcastId, id),
        eq(broadcastTargets.state, "sent"),
        eq(broadcastTargets.pin, true),
        isNotNull(broadcastTargets.finishedAt),
        isNotNull(broadcastTargets.reason),
      ),
    )
    .returning();

/** Puts into the outbox what is pending and not there. */
export async function owePending(tx: Transaction, ctx: Context, row: BroadcastRow): Promise<void> {
  const rules = rulesOf(ctx, row);
  if (row.recipients === "customers") return startLanes(tx, { ...rules, id: row.id, paid: row.paid });
  const type = row.kind === "pin" ? ("pin" as const) : ("send" as const);
  const isPending = and(eq(broadcastTargets.broadcastId, row.id), eq(broadcastTargets.state, "pending"));
  const owed = await withoutItem(tx, await tx.select().from(broadcastTargets).where(isPending));
  await enqueue(
    tx,
    owed.map((target) => itemFor(target, { ...rules, type, isAwaited: false })),
  );
}

function rulesOf({ telegram, now }: Context, { startsAt }: Pick<BroadcastRow, "startsAt">) {
  if (!telegram) throw notificationsError("noBot");
  const dueAt = startsAt > now() ? startsAt : now();
  return { lease: botLease(telegram.botId), dueAt, priority: "bulk" as const };
}

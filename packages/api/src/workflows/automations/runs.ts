import { automationRuns } from "@pult/db/schema/workflows.ts";
import { and, desc, eq, lt } from "drizzle-orm";
import type { Page } from "../../chats/schema.ts";
import type { Context } from "../../context.ts";
import { deleteDeliveries } from "../../outbox/deliveries.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { workflowsError } from "../errors.ts";
import { requireAutomation } from "./automations.ts";
import { type RunRow, runItem, runSubject } from "./run.ts";
import type { ActionOutcome, AutomationRun, ConditionOutcome, ReplayRunInput, RunState, RunsInput } from "./schema.ts";

/** What an automation answered to, newest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function listRuns(ctx: Context, input: RunsInput): Promise<Page<AutomationRun>> {
  const { automationId, state, limit, offsetId } = input;
  await requireAutomation(ctx, ctx.db, { id: automationId, scope: "chats:read" });
  const mine = and(
    eq(automationRuns.automationId, automationId),
    state === undefined ? undefined : eq(automationRuns.state, state),
  );
  const rows = await ctx.db
    .select()
    .from(automationRuns)
    .where(and(mine, offsetId === undefined ? undefined : lt(automationRuns.id, Number(offsetId))))
    .orderBy(desc(automationRuns.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(presentRun);
  const hasMore = rows.length > limit;
  const totalCount = await ctx.db.$count(automationRuns, mine);
  return { items, hasMore, totalCount, nextOffsetId: hasMore ? (items.at(-1)?.id ?? null) : null };
}

function presentRun(row: RunRow): AutomationRun {
  const { automationId, eventId, type, accountId, chatId, chatTitle } = row;
  return {
    ...{ automationId, eventId, type, accountId, chatId, chatTitle },
    id: String(row.id),
    state: row.state as RunState,
    conditions: row.conditions as ConditionOutcome[],
    actions: row.actions as ActionOutcome[],
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/**
 * Tries what failed in a run again; what was done stays done.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` for a run that did not fail
 */
export async function replayRun(ctx: Context, { runId }: ReplayRunInput): Promise<AutomationRun> {
  const id = Number(runId);
  const [known] = await ctx.db.select().from(automationRuns).where(eq(automationRuns.id, id));
  if (!known) throw workflowsError("runNotFound");
  await requireAutomation(ctx, ctx.db, { id: known.automationId });
  const row = await ctx.db.transaction(async (tx) => {
    await deleteDeliveries(tx, [runSubject(id)]);
    const again = (known.actions as ActionOutcome[]).map((one) =>
      one.state === "done" ? one : { type: one.type, state: "pending", error: null, errorKey: null },
    );
    const [queued] = await tx
      .update(automationRuns)
      .set({ state: "pending", actions: again, finishedAt: null })
      .where(and(eq(automationRuns.id, id), eq(automationRuns.state, "failed")))
      .returning();
    if (!queued) throw workflowsError("runNotFailed");
    await enqueue(tx, [runItem(id, ctx.now())]);
    return queued;
  });
  publishDue(ctx.bus);
  return presentRun(row);
}

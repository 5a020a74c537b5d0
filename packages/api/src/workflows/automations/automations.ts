import type { Database, Transaction } from "@pult/db/database.ts";
import { automations, automationWaits } from "@pult/db/schema/workflows.ts";
import { and, asc, eq } from "drizzle-orm";
import type { Actor } from "../../actor.ts";
import type { AuditAction } from "../../auth/audit/schema.ts";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import { viewerOf } from "../../chats/access.ts";
import type { Context } from "../../context.ts";
import { workflowsError } from "../errors.ts";
import type { Cursor } from "../events/cursor.ts";
import { readEvents } from "../events/read.ts";
import { selectSources } from "../events/sources.ts";
import { workflowsTopic } from "../events.ts";
import { managedBy, ownerOf, selectOwners } from "../owner.ts";
import type { IdInput } from "../schema.ts";
import { requireWebhook } from "../webhooks/webhooks.ts";
import {
  type Action,
  type Automation,
  action,
  type CreateAutomationInput,
  condition,
  trigger,
  type UpdateAutomationInput,
} from "./schema.ts";

export type AutomationRow = typeof automations.$inferSelect;

const MAX_AUTOMATIONS = 100;

/** What the row says, as it was checked when it was stored. */
export const ruleOf = (row: Pick<AutomationRow, "trigger" | "conditions" | "actions">) => ({
  trigger: trigger.parse(row.trigger),
  conditions: condition.array().parse(row.conditions),
  actions: action.array().parse(row.actions),
});

export const presentAutomation = (row: AutomationRow): Automation => ({
  ...{ id: row.id, name: row.name, isActive: row.isActive, createdBy: row.createdBy, ...ruleOf(row) },
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** Every automation that the caller manages, oldest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listAutomations(ctx: Context): Promise<Automation[]> {
  const rows = await ctx.db
    .select()
    .from(automations)
    .where(managedBy(ctx, "chats:read", automations.owner))
    .orderBy(asc(automations.createdAt), asc(automations.id));
  return rows.map(presentAutomation);
}

/** @throws DomainError `NOT_FOUND` for one that is not there, or not the caller's to manage */
export async function requireAutomation(
  ctx: Context,
  db: Database | Transaction,
  { id, scope = "chats:write" }: IdInput & { scope?: "chats:read" | "chats:write" },
): Promise<AutomationRow> {
  const managed = managedBy(ctx, scope, automations.owner);
  const [row] = await db
    .select()
    .from(automations)
    .where(and(eq(automations.id, id), managed));
  if (!row) throw workflowsError("automationNotFound");
  return row;
}

const record = (tx: Transaction, ctx: Context, name: AuditAction, row: AutomationRow) =>
  recordAudit(tx, ctx, {
    action: name,
    target: { kind: "automation", id: row.id, name: row.name },
    details: { isActive: row.isActive, trigger: ruleOf(row).trigger.type },
  });

const wakeWorkers = ({ bus }: Context) => bus.publishLatest(workflowsTopic.name("changed"), null);

/** @throws DomainError `NOT_FOUND` for a webhook that the caller does not manage */
async function requireActions(ctx: Context, actions: readonly Action[]): Promise<void> {
  for (const one of actions) if (one.type === "webhook") await requireWebhook(ctx, ctx.db, { id: one.webhookId });
}

/** The present end of the logs that an owner sees: what came before sets nothing off. */
async function presentEnd(ctx: Context, owner: Actor): Promise<Cursor> {
  const sources = await selectSources(ctx.db, viewerOf({ ...ctx, actor: owner }));
  return (await readEvents(ctx.db, { topics: sources.map(({ topic }) => topic), after: null, limit: 1 })).next;
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` for a webhook, `CONFLICT` beyond 100 */
export async function createAutomation(ctx: Context, input: CreateAutomationInput): Promise<Automation> {
  const staff = requireStaff(ctx.actor, "chats:write");
  await requireActions(ctx, input.actions);
  if ((await ctx.db.$count(automations)) >= MAX_AUTOMATIONS)
    throw workflowsError("tooMany", { maximum: MAX_AUTOMATIONS });
  const [place, now] = [await presentEnd(ctx, ctx.actor), ctx.now()];
  const created = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(automations)
      .values({
        ...{ ...input, place, createdAt: now, updatedAt: now },
        owner: ownerOf(staff),
        createdBy: viewerOf(ctx).userId,
      })
      .returning();
    if (!row) throw new Error("The automation was not stored");
    await record(tx, ctx, "automations.created", row);
    return row;
  });
  wakeWorkers(ctx);
  return presentAutomation(created);
}

/**
 * Switched on, or given another trigger, it begins at the present end: what came before sets nothing off.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function updateAutomation(ctx: Context, { id, ...changes }: UpdateAutomationInput): Promise<Automation> {
  const known = await requireAutomation(ctx, ctx.db, { id });
  await requireActions(ctx, changes.actions ?? []);
  const begins = (changes.isActive === true && !known.isActive) || changes.trigger !== undefined;
  const owner = (await selectOwners(ctx.db, [known.owner])).get(known.owner) ?? ctx.actor;
  const place = begins ? { place: await presentEnd(ctx, owner) } : {};
  const changed = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(automations)
      .set({ ...changes, ...place, updatedAt: ctx.now() })
      .where(eq(automations.id, id))
      .returning();
    if (!row) throw workflowsError("automationNotFound");
    if (begins) await tx.delete(automationWaits).where(eq(automationWaits.automationId, id));
    await record(tx, ctx, "automations.changed", row);
    return row;
  });
  wakeWorkers(ctx);
  return presentAutomation(changed);
}

/** Its runs go with it. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function deleteAutomation(ctx: Context, { id }: IdInput): Promise<void> {
  await requireAutomation(ctx, ctx.db, { id });
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx.delete(automations).where(eq(automations.id, id)).returning();
    if (row) await record(tx, ctx, "automations.deleted", row);
  });
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { webhookDeliveries, webhooks } from "@pult/db/schema/workflows.ts";
import { and, asc, count, eq, type SQL } from "drizzle-orm";
import type { AuditAction } from "../../auth/audit/schema.ts";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import { viewerOf } from "../../chats/access.ts";
import type { Context } from "../../context.ts";
import { workflowsError } from "../errors.ts";
import type { EventType } from "../event-types.ts";
import { readEvents } from "../events/read.ts";
import { selectSources } from "../events/sources.ts";
import { workflowsTopic } from "../events.ts";
import { managedBy, ownerOf } from "../owner.ts";
import type { CreateWebhookInput, Direction, IdInput, UpdateWebhookInput, Webhook } from "../schema.ts";
import { newWebhookSecret, PREVIOUS_SECRET_MS, placeOfWebhookSecret, type WebhookRow } from "./secrets.ts";

const MAX_WEBHOOKS = 100;

/** Every webhook that the caller manages, oldest first, without its secret. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listWebhooks(ctx: Context): Promise<Webhook[]> {
  return selectWebhooks(ctx, managedBy(ctx, "chats:read", webhooks.owner));
}

async function selectWebhooks(ctx: Context, where: SQL | undefined): Promise<Webhook[]> {
  const rows = await ctx.db.select().from(webhooks).where(where).orderBy(asc(webhooks.createdAt), asc(webhooks.id));
  const waiting = await ctx.db
    .select({ id: webhookDeliveries.webhookId, count: count() })
    .from(webhookDeliveries)
    .where(eq(webhookDeliveries.state, "pending"))
    .groupBy(webhookDeliveries.webhookId);
  const counts = new Map(waiting.map((row) => [row.id, row.count]));
  return rows.map((row) => presentWebhook(row, { waiting: counts.get(row.id) ?? 0, now: ctx.now() }));
}

function presentWebhook(row: WebhookRow, { waiting, now }: { waiting: number; now: Date }): Webhook {
  const { id, name, url, isActive, createdBy, previousUntil } = row;
  return {
    ...{ id, name, url, isActive, createdBy, waiting },
    events: row.events as EventType[] | null,
    direction: row.direction as Direction,
    previousSecretUntil: previousUntil !== null && previousUntil > now ? previousUntil.toISOString() : null,
    failingSince: row.failingSince?.toISOString() ?? null,
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** @throws DomainError `NOT_FOUND` for one that is not there, or not the caller's to manage */
export async function requireWebhook(
  ctx: Context,
  db: Database | Transaction,
  { id, scope = "chats:write" }: IdInput & { scope?: "chats:read" | "chats:write" },
): Promise<WebhookRow> {
  const managed = managedBy(ctx, scope, webhooks.owner);
  const [row] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), managed));
  if (!row) throw workflowsError("webhookNotFound");
  return row;
}

/** @throws DomainError `VALIDATION` for what is not public, unless this server was told to allow it */
async function requireTarget({ webhooks: sender }: Context, url: string): Promise<void> {
  const checked = await sender.check(url);
  if (checked === "private") throw workflowsError("targetPrivate");
  if (checked === "unresolved") throw workflowsError("targetUnresolved");
}

async function present(ctx: Context, id: string): Promise<Webhook> {
  const [webhook] = await selectWebhooks(ctx, eq(webhooks.id, id));
  if (!webhook) throw workflowsError("webhookNotFound");
  return webhook;
}

const record = (tx: Transaction, ctx: Context, action: AuditAction, { id, name, url }: WebhookRow) =>
  recordAudit(tx, ctx, {
    action,
    target: { kind: "webhook", id, name },
    // Paths of receivers often hold tokens.
    details: { host: URL.parse(url)?.host ?? null },
  });

const wakeWorkers = ({ bus }: Context) => bus.publishLatest(workflowsTopic.name("changed"), null);

/**
 * Tells an address of what happens from now on. The secret is answered here alone.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for an address that is not public, `CONFLICT` beyond 100
 */
export async function createWebhook(ctx: Context, input: CreateWebhookInput): Promise<Webhook & { secret: string }> {
  const staff = requireStaff(ctx.actor, "chats:write");
  await requireTarget(ctx, input.url);
  if ((await ctx.db.$count(webhooks)) >= MAX_WEBHOOKS) throw workflowsError("tooMany", { maximum: MAX_WEBHOOKS });
  const sources = await selectSources(ctx.db, viewerOf(ctx));
  const { next } = await readEvents(ctx.db, { topics: sources.map(({ topic }) => topic), after: null, limit: 1 });
  const [id, secret, now] = [crypto.randomUUID(), newWebhookSecret(), ctx.now()];
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(webhooks)
      .values({
        ...{ id, ...input, place: next, createdAt: now, updatedAt: now },
        secret: ctx.vault.seal(placeOfWebhookSecret(id, "secret"), secret),
        owner: ownerOf(staff),
        createdBy: viewerOf(ctx).userId,
      })
      .returning();
    if (row) await record(tx, ctx, "webhooks.created", row);
  });
  wakeWorkers(ctx);
  return { ...(await present(ctx, id)), secret };
}

/** One that was switched off goes on with what it missed, as far as the logs reach back. @throws DomainError as `createWebhook`, `NOT_FOUND` */
export async function updateWebhook(ctx: Context, { id, ...changes }: UpdateWebhookInput): Promise<Webhook> {
  const known = await requireWebhook(ctx, ctx.db, { id });
  if (changes.url !== undefined && changes.url !== known.url) await requireTarget(ctx, changes.url);
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(webhooks)
      .set({ ...changes, updatedAt: ctx.now() })
      .where(eq(webhooks.id, id))
      .returning();
    if (row) await record(tx, ctx, "webhooks.changed", row);
  });
  wakeWorkers(ctx);
  return present(ctx, id);
}

/** Its deliveries go with it. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function deleteWebhook(ctx: Context, { id }: IdInput): Promise<void> {
  await requireWebhook(ctx, ctx.db, { id });
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx.delete(webhooks).where(eq(webhooks.id, id)).returning();
    if (row) await record(tx, ctx, "webhooks.deleted", row);
  });
}

/**
 * Replaces the secret; the one before signs too for 24 hours, so that receivers change without a gap.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function rotateWebhookSecret(ctx: Context, { id }: IdInput): Promise<Webhook & { secret: string }> {
  await requireWebhook(ctx, ctx.db, { id });
  const [secret, now] = [newWebhookSecret(), ctx.now()];
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx.select().from(webhooks).where(eq(webhooks.id, id)).for("update");
    if (!row) throw workflowsError("webhookNotFound");
    const previous = ctx.vault.open(placeOfWebhookSecret(id, "secret"), row.secret);
    await tx
      .update(webhooks)
      .set({
        secret: ctx.vault.seal(placeOfWebhookSecret(id, "secret"), secret),
        previousSecret: ctx.vault.seal(placeOfWebhookSecret(id, "previousSecret"), previous),
        previousUntil: new Date(now.getTime() + PREVIOUS_SECRET_MS),
        updatedAt: now,
      })
      .where(eq(webhooks.id, id));
    await record(tx, ctx, "webhooks.rotated", row);
  });
  return { ...(await present(ctx, id)), secret };
}

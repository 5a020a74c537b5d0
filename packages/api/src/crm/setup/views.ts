import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { crmError, invalidField } from "../errors.ts";
import type { OfEntityInput, RecordInput, saveViewInput } from "../inputs.ts";
import { requireAuthor } from "../records/changes.ts";
import { readerOf } from "../records/entities.ts";
import { findingOf } from "../records/list.ts";
import { changeRecords } from "../records/publish.ts";
import { isoOf } from "../records/select.ts";
import type { View } from "../schema.ts";

const COLUMNS = sql`v.id, v.entity, v.name, v.query, v.owner_id is null as "isShared", ${isoOf(sql`v.created_at`)} as "createdAt"`;

const personOf = ({ actor }: Context): string | null => (actor.kind === "agent" ? actor.personId : null);

/** Saved lists that are the caller's or everyone's, by name. @throws DomainError `FORBIDDEN` */
export async function listViews(ctx: Context, { entity = null }: OfEntityInput): Promise<{ items: View[] }> {
  requireStaff(ctx.actor, "chats:read");
  const items = rowsOf<View>(
    await ctx.db.execute(sql`
      select ${COLUMNS} from crm_views v
      where (v.owner_id is null or v.owner_id = ${personOf(ctx)}::uuid) and (${entity}::text is null or v.entity = ${entity})
      order by lower(v.name), v.id`),
  );
  return { items };
}

/**
 * Saves a list, for the caller or for everyone.
 * @throws DomainError `VALIDATION` for a query that makes no sense, `NOT_FOUND` for a view of another agent
 */
export async function saveView(ctx: Context, input: z.infer<typeof saveViewInput>): Promise<View> {
  requireAuthor(ctx);
  const { id, entity, name, query } = input;
  const ownerId = input.isShared ? null : personOf(ctx);
  if (!input.isShared && ownerId === null) throw invalidField("isShared", "Only an agent has views of their own");
  await findingOf(ctx, entity, { ...query, reader: readerOf(ctx) });
  return changeRecords(ctx, async (tx, events) => {
    const json = sql`${JSON.stringify(query)}::jsonb`;
    const [view] = rowsOf<View>(
      await tx.execute(
        id === undefined
          ? sql`insert into crm_views as v (entity, name, query, owner_id, created_at)
              values (${entity}, ${name}, ${json}, ${ownerId}::uuid, ${ctx.now().toISOString()}::timestamptz) returning ${COLUMNS}`
          : sql`update crm_views v set name = ${name}, query = ${json}, owner_id = ${ownerId}::uuid
              where v.id = ${id} and v.entity = ${entity} and (v.owner_id is null or v.owner_id = ${personOf(ctx)}::uuid) returning ${COLUMNS}`,
      ),
    );
    if (!view) throw crmError("viewNotFound");
    await recordAudit(tx, ctx, {
      action: id === undefined ? "views.created" : "views.changed",
      target: { kind: "crmView", id: view.id, name },
      details: { entity, isShared: input.isShared },
    });
    events.push({ type: "setupChanged" });
    return view;
  });
}

/** @throws DomainError `NOT_FOUND` for a view of another agent */
export async function deleteView(ctx: Context, { id }: RecordInput): Promise<void> {
  requireAuthor(ctx);
  await changeRecords(ctx, async (tx, events) => {
    const [gone] = rowsOf<{ name: string }>(
      await tx.execute(sql`
        delete from crm_views v where v.id = ${id} and (v.owner_id is null or v.owner_id = ${personOf(ctx)}::uuid) returning v.name`),
    );
    if (!gone) throw crmError("viewNotFound");
    await recordAudit(tx, ctx, { action: "views.deleted", target: { kind: "crmView", id, name: gone.name } });
    events.push({ type: "setupChanged" });
  });
}

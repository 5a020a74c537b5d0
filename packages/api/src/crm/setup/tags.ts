import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import type { AuditAction } from "../../auth/audit/schema.ts";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { crmError } from "../errors.ts";
import type { RecordInput, renameTagInput, tagNameInput } from "../inputs.ts";
import { requireAuthor } from "../records/changes.ts";
import { changeRecords } from "../records/publish.ts";
import { unlessTaken } from "../records/unless-taken.ts";
import type { Tag } from "../schema.ts";

const COLUMNS = sql`t.id, t.name, (select count(*)::int from crm_tagged g where g.tag_id = t.id) as count, t.follow_up_days as "followUpDays"`;

/** Tags by name, with how many records have each. @throws DomainError `FORBIDDEN` */
export async function listTags(ctx: Context): Promise<{ items: Tag[] }> {
  requireStaff(ctx.actor, "chats:read");
  return { items: rowsOf<Tag>(await ctx.db.execute(sql`select ${COLUMNS} from crm_tags t order by lower(t.name)`)) };
}

async function readTag(db: Database | Transaction, id: string): Promise<Tag> {
  const [tag] = rowsOf<Tag>(await db.execute(sql`select ${COLUMNS} from crm_tags t where t.id = ${id}`));
  if (!tag) throw crmError("tagNotFound");
  return tag;
}

const record = (tx: Transaction, ctx: Context, action: AuditAction, { id, name, followUpDays }: Tag) =>
  recordAudit(tx, ctx, { action, target: { kind: "crmTag", id, name }, details: { followUpDays } });

/** Adds a tag; one of this name is answered as it is. */
export async function createTag(
  ctx: Context,
  { name, followUpDays = null }: z.infer<typeof tagNameInput>,
): Promise<Tag> {
  requireAuthor(ctx);
  return changeRecords(ctx, async (tx, events) => {
    const [added] = rowsOf<{ id: string }>(
      await tx.execute(sql`
        insert into crm_tags (name, follow_up_days, created_at) values (${name}, ${followUpDays}, ${ctx.now().toISOString()}::timestamptz)
        on conflict do nothing returning id`),
    );
    if (added) events.push({ type: "setupChanged" });
    const [existing] = added
      ? [added]
      : rowsOf<{ id: string }>(await tx.execute(sql`select id from crm_tags where lower(name) = lower(${name})`));
    const tag = await readTag(tx, existing?.id ?? "");
    if (added) await record(tx, ctx, "tags.created", tag);
    return tag;
  });
}

/** Gives a tag another name, and another time to follow up after. @throws DomainError `NOT_FOUND`, `CONFLICT` for a name that is taken */
export async function renameTag(
  ctx: Context,
  { id, name, followUpDays }: z.infer<typeof renameTagInput>,
): Promise<Tag> {
  requireAuthor(ctx);
  return changeRecords(ctx, async (tx, events) => {
    const days = followUpDays === undefined ? sql`follow_up_days` : sql`${followUpDays}::int`;
    const update = sql`update crm_tags set name = ${name}, follow_up_days = ${days} where id = ${id}`;
    await unlessTaken(tx.execute(update), () => crmError("nameTaken"));
    const tag = await readTag(tx, id);
    await record(tx, ctx, "tags.changed", tag);
    events.push({ type: "setupChanged" });
    return tag;
  });
}

/** Takes a tag from all records, and deletes it. @throws DomainError `NOT_FOUND` */
export async function deleteTag(ctx: Context, { id }: RecordInput): Promise<void> {
  requireAuthor(ctx);
  await changeRecords(ctx, async (tx, events) => {
    const tag = await readTag(tx, id);
    await record(tx, ctx, "tags.deleted", tag);
    await tx.execute(sql`delete from crm_tags where id = ${id}`);
    events.push({ type: "setupChanged" });
  });
}

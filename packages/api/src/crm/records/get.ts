import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import type { RecordInput } from "../inputs.ts";
import type { Entity } from "../schema.ts";
import { readerOf } from "./entities.ts";
import { type RecordOf, requireRecord } from "./select.ts";

/** A record; of a contact that became part of another, that one. @throws DomainError `FORBIDDEN`, `NOT_FOUND` */
export async function getRecord<Kind extends Entity>(
  ctx: Context,
  entity: Kind,
  { id }: RecordInput,
): Promise<RecordOf<Kind>> {
  requireStaff(ctx.actor, "chats:read");
  return requireRecord(ctx.db, entity, entity === "contact" ? await keptOf(ctx, id) : id, readerOf(ctx));
}

async function keptOf({ db }: Context, id: string): Promise<string> {
  const [row] = rowsOf<{ id: string }>(
    await db.execute(sql`select coalesce(merged_into_id, id) as id from crm_contacts where id = ${id}`),
  );
  return row?.id ?? id;
}

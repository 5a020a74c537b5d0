import { randomUUID } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { crmError } from "../errors.ts";
import type { noteInput, RecordInput, updateNoteInput } from "../inputs.ts";
import { type Author, requireAuthor } from "../records/changes.ts";
import { changeRecords } from "../records/publish.ts";
import { isoOf } from "../records/select.ts";
import { lockRecord } from "../records/write.ts";
import type { Note } from "../schema.ts";

/** Of a note `n`. Keys and Pult itself are named by their id alone. */
export const NOTE_COLUMNS = sql`n.id, n.entity, n.entity_id as "entityId", n.text, n.created_by as "createdBy",
  (select p.name from people p where p.id::text = n.created_by) as "authorName", ${isoOf(sql`n.created_at`)} as "createdAt",
  ${isoOf(sql`n.updated_at`)} as "updatedAt"`;

/** @throws DomainError `NOT_FOUND` */
async function requireNote(db: Database | Transaction, id: string): Promise<Note> {
  const [note] = rowsOf<Note>(await db.execute(sql`select ${NOTE_COLUMNS} from crm_notes n where n.id = ${id}`));
  if (!note) throw crmError("noteNotFound");
  return note;
}

/** Writes a note to a record; the same `clientId` again answers the first one. @throws DomainError `NOT_FOUND`, `CONFLICT` for another note's id */
export async function createNote(ctx: Context, input: z.infer<typeof noteInput>): Promise<Note> {
  const author = requireAuthor(ctx);
  const { entity, entityId, text, clientId: id = randomUUID() } = input;
  return changeRecords(ctx, async (tx, events) => {
    await lockRecord(tx, entity, entityId);
    const moment = sql`${ctx.now().toISOString()}::timestamptz`;
    const added = rowsOf(
      await tx.execute(sql`
        insert into crm_notes (id, entity, entity_id, text, created_by, created_at, updated_at)
        values (${id}, ${entity}, ${entityId}, ${text}, ${author.id}, ${moment}, ${moment}) on conflict do nothing returning 1`),
    );
    const note = await requireNote(tx, id);
    if (added.length > 0) events.push({ type: "noted", note });
    else if (note.createdBy !== author.id || note.entityId !== entityId) throw crmError("noteIdReused");
    return note;
  });
}

/** Locks a note that the caller wrote, or may change as one who manages the team. @throws DomainError `NOT_FOUND`, `FORBIDDEN` */
async function lockOwn(tx: Transaction, { actor }: Context, { id, author }: { id: string; author: Author }) {
  await tx.execute(sql`select 1 from crm_notes where id = ${id} for update`);
  const note = await requireNote(tx, id);
  if (note.createdBy !== author.id && !isStaff(actor, "auth:write")) throw crmError("noteOfAnother");
  return note;
}

/** @throws DomainError `NOT_FOUND`, `FORBIDDEN` for a note of another */
export async function updateNote(ctx: Context, { id, text }: z.infer<typeof updateNoteInput>): Promise<Note> {
  const author = requireAuthor(ctx);
  return changeRecords(ctx, async (tx, events) => {
    await lockOwn(tx, ctx, { id, author });
    await tx.execute(sql`
      update crm_notes set text = ${text}, updated_at = ${ctx.now().toISOString()}::timestamptz where id = ${id}`);
    const note = await requireNote(tx, id);
    events.push({ type: "noted", note });
    return note;
  });
}

/** @throws DomainError `NOT_FOUND`, `FORBIDDEN` for a note of another */
export async function deleteNote(ctx: Context, { id }: RecordInput): Promise<void> {
  const author = requireAuthor(ctx);
  await changeRecords(ctx, async (tx, events) => {
    const { entity, entityId } = await lockOwn(tx, ctx, { id, author });
    await tx.execute(sql`delete from crm_notes where id = ${id}`);
    events.push({ type: "noteDeleted", id, entity, entityId });
  });
}

import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { requireStaff } from "../../auth/permissions.ts";
import { requireAccount } from "../../chats/access.ts";
import { requireChat } from "../../chats/store/chats.ts";
import { findNewestId } from "../../chats/store/replies.ts";
import type { Context } from "../../context.ts";
import { settleNotices } from "../../notices/notify.ts";
import { crmError, invalidField } from "../errors.ts";
import type { completeTaskInput, ListTasksInput, RecordInput, taskInput, updateTaskInput } from "../inputs.ts";
import { requireAuthor } from "../records/changes.ts";
import { changeRecords } from "../records/publish.ts";
import { requireReferences } from "../records/values.ts";
import { lockRecord } from "../records/write.ts";
import type { Page, Task } from "../schema.ts";
import { endReplied } from "./due.ts";
import { dueKey } from "./notice.ts";
import { requireTask, selectTasks } from "./rows.ts";

type CreateInput = z.infer<typeof taskInput>;

/**
 * Adds a task, for the agent who adds it unless another is named. One with `unlessReply` ends when the other side of that chat writes.
 * @throws DomainError `NOT_FOUND` for a record, an account or a chat, `VALIDATION`
 */
export async function createTask(ctx: Context, input: CreateInput): Promise<Task> {
  const author = requireAuthor(ctx);
  const { entity, entityId, title, dueAt } = input;
  if ((entity === null) !== (entityId === null)) throw invalidField("entityId", "Give entity and entityId, or none");
  const unlessReply = await awaited(ctx, input);
  const own = ctx.actor.kind === "agent" ? ctx.actor.personId : null;
  const assigneeId = input.assigneeId === undefined ? own : input.assigneeId;
  return changeRecords(ctx, async (tx, events) => {
    if (entity !== null && entityId !== null) await lockRecord(tx, entity, entityId);
    await requireAssignee(tx, assigneeId);
    const [row] = rowsOf<{ id: string }>(
      await tx.execute(sql`
        insert into crm_tasks (entity, entity_id, title, assignee_id, due_at, unless_reply, created_by, created_at)
        values (${entity}, ${entityId}::uuid, ${title}, ${assigneeId}::uuid, ${dueAt}::timestamptz,
          ${unlessReply === null ? null : JSON.stringify(unlessReply)}::jsonb, ${author.id}, ${ctx.now().toISOString()}::timestamptz)
        returning id`),
    );
    const task = await requireTask(tx, row?.id ?? "");
    events.push({ type: "task", task });
    return task;
  });
}

/** @throws DomainError `VALIDATION` */
async function requireAssignee(tx: Transaction, assigneeId: string | null | undefined): Promise<void> {
  if (!assigneeId) return;
  await requireReferences(tx, { ownerId: assigneeId }).catch(() => {
    throw invalidField("assigneeId", "No agent with access to chats");
  });
}

/** The chat whose reply ends a task, by what outlives its link, and from which message on. */
async function awaited(ctx: Context, { unlessReply, dueAt }: CreateInput): Promise<object | null> {
  if (unlessReply === null) return null;
  if (dueAt === null) throw invalidField("dueAt", "Needed with unlessReply");
  const account = await requireAccount(ctx, unlessReply.accountId);
  const { chatId } = await requireChat(ctx, account, unlessReply.chatId);
  const { id: accountId, storeId } = account;
  return {
    accountId,
    storeId,
    chatId: String(chatId),
    sinceMessageId: await findNewestId(ctx.db, { storeId, chatId }),
  };
}

const lockTask = (tx: Transaction, id: string) => tx.execute(sql`select 1 from crm_tasks where id = ${id} for update`);

/** Another time to be due at is told of again. @throws DomainError `NOT_FOUND`, `VALIDATION` */
export async function updateTask(ctx: Context, input: z.infer<typeof updateTaskInput>): Promise<Task> {
  requireAuthor(ctx);
  const { id, title = null, assigneeId, dueAt } = input;
  return changeRecords(ctx, async (tx, events, entries) => {
    await lockTask(tx, id);
    await requireTask(tx, id);
    await requireAssignee(tx, assigneeId);
    const set: SQL[] = [sql`title = coalesce(${title}, title)`];
    if (assigneeId !== undefined) set.push(sql`assignee_id = ${assigneeId}::uuid`);
    if (dueAt !== undefined) set.push(sql`due_at = ${dueAt}::timestamptz`, sql`reminded_at = null`);
    await tx.execute(sql`update crm_tasks set ${sql.join(set, sql`, `)} where id = ${id}`);
    if (dueAt !== undefined) entries.push(...(await settleNotices(tx, ctx.now(), { keys: [dueKey(id)] })));
    const task = await requireTask(tx, id);
    events.push({ type: "task", task });
    return task;
  });
}

/** Marks a task as done, or as open again; why it ended before stays when it is done already. @throws DomainError `NOT_FOUND` */
export async function completeTask(ctx: Context, { id, isDone }: z.infer<typeof completeTaskInput>): Promise<Task> {
  requireAuthor(ctx);
  return changeRecords(ctx, async (tx, events, entries) => {
    await lockTask(tx, id);
    const before = await requireTask(tx, id);
    if ((before.doneAt !== null) === isDone) return before;
    const moment = sql`${ctx.now().toISOString()}::timestamptz`;
    await tx.execute(
      isDone
        ? sql`update crm_tasks set done_at = ${moment}, done_by = 'done' where id = ${id}`
        : sql`update crm_tasks set done_at = null, done_by = null, unless_reply = null where id = ${id}`,
    );
    if (isDone) entries.push(...(await settleNotices(tx, ctx.now(), { keys: [dueKey(id)] })));
    const task = await requireTask(tx, id);
    events.push({ type: "task", task });
    return task;
  });
}

/** @throws DomainError `NOT_FOUND` */
export async function deleteTask(ctx: Context, { id }: RecordInput): Promise<void> {
  requireAuthor(ctx);
  await changeRecords(ctx, async (tx, events, entries) => {
    const gone = rowsOf(await tx.execute(sql`delete from crm_tasks where id = ${id} returning 1`));
    if (gone.length === 0) throw crmError("taskNotFound");
    entries.push(...(await settleNotices(tx, ctx.now(), { keys: [dueKey(id)] })));
    events.push({ type: "taskDeleted", id });
  });
}

const PLACE = /^(\d{1,15}|-)\.([0-9a-f-]{36})$/;
/** Tasks without a time come last. */
const ORDER = sql`coalesce(k.due_at, 'infinity'::timestamptz)`;

/** Open tasks, the next due first; or those that are done. @throws DomainError `FORBIDDEN`, `VALIDATION` */
export async function listTasks(ctx: Context, input: ListTasksInput): Promise<Page<Task>> {
  requireStaff(ctx.actor, "chats:read");
  const { entity, entityId, assigneeId, isDone, dueBefore, limit } = input;
  const conditions = [isDone ? sql`k.done_at is not null` : sql`k.done_at is null`];
  if (entity !== undefined) conditions.push(sql`k.entity = ${entity}`);
  if (entityId !== undefined) conditions.push(sql`k.entity_id = ${entityId}`);
  if (assigneeId !== undefined) conditions.push(sql`k.assignee_id = ${assigneeId}`);
  if (dueBefore !== undefined) conditions.push(sql`k.due_at < ${dueBefore}::timestamptz`);
  const where = sql.join(conditions, sql` and `);
  if (!isDone) await endReplied(ctx, where);
  const page = sql`${where} and ${afterPlace(input.offsetId)}`;
  const found = await selectTasks(ctx.db, page, sql`order by ${ORDER}, k.id limit ${limit + 1}`);
  const [counted] = rowsOf<{ count: number }>(
    await ctx.db.execute(sql`select count(*)::int as count from crm_tasks k where ${where}`),
  );
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return {
    items,
    hasMore: last !== undefined,
    totalCount: counted?.count ?? 0,
    nextOffsetId: last ? `${last.dueAt === null ? "-" : Date.parse(last.dueAt)}.${last.id}` : null,
  };
}

function afterPlace(offsetId: string | undefined): SQL {
  if (offsetId === undefined) return sql`true`;
  const [, ms, id] = PLACE.exec(offsetId) ?? [];
  if (!id) throw invalidField("offsetId", "Not a place of this list");
  const at = ms === "-" ? "infinity" : new Date(Number(ms)).toISOString();
  return sql`(${ORDER}, k.id) > (${at}::timestamptz, ${id}::uuid)`;
}

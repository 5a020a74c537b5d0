import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { crmError } from "../errors.ts";
import { isoOf } from "../records/select.ts";
import type { Task } from "../schema.ts";

/** Of a task `k`. */
export const TASK_COLUMNS = sql`k.id, k.entity, k.entity_id as "entityId",
  case k.entity when 'contact' then (select c.name from crm_contacts c where c.id = k.entity_id)
    when 'company' then (select c.name from crm_companies c where c.id = k.entity_id)
    when 'deal' then (select d.name from crm_deals d where d.id = k.entity_id) end as about,
  k.title, k.assignee_id as "assigneeId", (select p.name from people p where p.id = k.assignee_id) as "assigneeName",
  ${isoOf(sql`k.due_at`)} as "dueAt",
  case when k.unless_reply is null then null
    else jsonb_build_object('accountId', k.unless_reply->'accountId', 'chatId', k.unless_reply->'chatId') end as "unlessReply",
  ${isoOf(sql`k.done_at`)} as "doneAt", k.done_by as "doneBy", ${isoOf(sql`k.created_at`)} as "createdAt"`;

/** Tasks that a condition on `k` selects, in this order. */
export const selectTasks = async (
  db: Database | Transaction,
  where: SQL,
  tail: SQL = sql`order by k.id`,
): Promise<Task[]> =>
  rowsOf<Task>(await db.execute(sql`select ${TASK_COLUMNS} from crm_tasks k where ${where} ${tail}`));

/** @throws DomainError `NOT_FOUND` */
export async function requireTask(db: Database | Transaction, id: string): Promise<Task> {
  const [task] = await selectTasks(db, sql`k.id = ${id}`);
  if (!task) throw crmError("taskNotFound");
  return task;
}

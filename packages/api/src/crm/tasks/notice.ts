import type { NoticeKind } from "../../notices/kinds.ts";
import type { Task } from "../schema.ts";

interface Due {
  taskId: string;
  title: string;
  /** The record that it is about. */
  about: string | null;
  entity: Task["entity"];
  entityId: string | null;
  /** The reply that the task waits for has not come. */
  isUnanswered: boolean;
}

const TABS = { contact: "contacts", company: "companies", deal: "deals" } as const;

/** A task is due, or a reply that was waited for has not come. */
export const dueNotice: NoticeKind<Due> = {
  name: "crm.taskDue",
  severity: "normal",
  scope: "chats:read",
  defaults: { staff: { inApp: true, push: true, bot: true, batched: false } },
  textOf(locale, { title, about, isUnanswered }) {
    const body = about === null ? title : `${about}: ${title}`;
    if (locale === "ru") return { title: isUnanswered ? "Ответа всё ещё нет" : "Пора выполнить задачу", body };
    return { title: isUnanswered ? "No reply yet" : "A task is due", body };
  },
  targetOf: ({ entity, entityId }) =>
    entity && entityId ? `/contacts?tab=${TABS[entity]}&open=${entityId}` : "/contacts",
};

/** What notices of a task are about. */
export const taskSubject = (taskId: string): string => `crm.task:${taskId}`;
export const dueKey = (taskId: string): string => `${dueNotice.name}:${taskSubject(taskId)}`;

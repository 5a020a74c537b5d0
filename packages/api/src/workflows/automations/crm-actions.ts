import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { createDeal } from "../../crm/deals/create.ts";
import { taskInput } from "../../crm/inputs.ts";
import { createContact } from "../../crm/records/create.ts";
import { lockRecord, updateRecord } from "../../crm/records/write.ts";
import { createDealInput, updateContactInput } from "../../crm/schema.ts";
import { applyTags } from "../../crm/setup/apply-tags.ts";
import { createTask } from "../../crm/tasks/tasks.ts";
import { workflowsError } from "../errors.ts";
import type { Action } from "./schema.ts";
import type { Subject } from "./subjects.ts";

export type CrmAction = Extract<Action, { type: "tag" | "assign" | "createDeal" | "createTask" }>;

const HOUR_MS = 60 * 60_000;

/** Pult itself: what an automation changes is thereby known, and sets off none. @param ctx of whom the automation belongs to, who must be allowed to */
function asPult(ctx: Context): Context {
  requireStaff(ctx.actor, "chats:write");
  return { ...ctx, actor: { kind: "system" } };
}

/** Changes a contact, or makes something for it. @throws DomainError as the services of the CRM */
export async function changeRecordsBy(ctx: Context, contactId: string, action: CrmAction): Promise<void> {
  const pult = asPult(ctx);
  switch (action.type) {
    case "tag":
      await applyTags(pult, { entity: "contact", ids: [contactId], add: action.tagIds, remove: [] });
      return;
    case "assign": {
      const version = await ctx.db.transaction((tx) => lockRecord(tx, "contact", contactId));
      const change = { id: contactId, version, ownerId: action.personId };
      await updateRecord(pult, "contact", updateContactInput.parse(change));
      return;
    }
    case "createDeal": {
      const { name, stageId } = action;
      await createDeal(pult, createDealInput.parse({ name, contactId, ...(stageId ? { stageId } : {}) }));
      return;
    }
    case "createTask": {
      const { title, personId: assigneeId, hours } = action;
      const dueAt = hours === null ? null : new Date(ctx.now().getTime() + hours * HOUR_MS).toISOString();
      await createTask(pult, taskInput.parse({ entity: "contact", entityId: contactId, title, assigneeId, dueAt }));
      return;
    }
  }
}

/** The contact that the event is about; the other side of a private chat becomes one. @throws DomainError `CONFLICT` */
export async function contactOf(ctx: Context, { chat, records }: Subject): Promise<string> {
  const [known] = records.contactIds;
  if (known !== undefined) return known;
  if (chat?.type !== "private") throw workflowsError("noContact");
  const { id } = await createContact(asPult(ctx), {
    name: chat.title.slice(0, 200) || chat.chatId,
    telegramUserId: chat.chatId,
  });
  return id;
}

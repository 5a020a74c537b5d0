import type { Actor } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import type { NewEntry } from "../realtime/log.ts";
import { declareLog } from "../realtime/topic.ts";
import { type CrmEvent, crmEvent } from "./schema.ts";

const mayRead = (actor: Actor): boolean => isStaff(actor, "chats:read");

/** What happens to records. One log for all of staff, key `all`: nothing in it depends on which accounts a reader sees. */
export const crmTopic = declareLog<"all", CrmEvent>("crm.records", { event: crmEvent, mayRead, retention: 10_000 });

export const crmEntry = (payload: CrmEvent): NewEntry => ({ topic: crmTopic.name("all"), payload });

import { CHATS_EVENT_TYPES } from "../chats/schema.ts";
import type { CrmEvent } from "../crm/schema.ts";

const CRM_EVENT_TYPES = [
  "saved",
  "deleted",
  "dealMoved",
  "tagged",
  "manyChanged",
  "noted",
  "noteDeleted",
  "task",
  "taskDeleted",
  "setupChanged",
] as const satisfies readonly CrmEvent["type"][];

/** Every type of event that webhooks, automations and the cursor know. */
export const EVENT_TYPES = [...CHATS_EVENT_TYPES, ...CRM_EVENT_TYPES] as const;
export type EventType = (typeof EVENT_TYPES)[number];

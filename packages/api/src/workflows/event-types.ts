import { CHATS_EVENT_TYPES } from "../chats/schema.ts";

/** Every type of event that webhooks, automations and the cursor know. */
export const EVENT_TYPES = [...CHATS_EVENT_TYPES] as const;
export type EventType = (typeof EVENT_TYPES)[number];

import { z } from "zod";
import { accountId } from "../chats/inputs.ts";
import type { ChatsEvent } from "../chats/schema.ts";
import { EVENT_TYPES } from "./events/sources.ts";

export const eventType = z.enum(EVENT_TYPES);

/** An event with its id, which stays the same, and the moment it was stored, ISO 8601. */
export type WorkflowEvent = { id: string; at: string } & ChatsEvent;

export const listEventsInput = z.object({
  /** `next` of an earlier answer; without it the answer names the present end. */
  after: z.string().min(1).max(1_000_000).optional(),
  limit: z.int().min(1).max(500).default(100),
  types: z.array(eventType).min(1).max(EVENT_TYPES.length).optional(),
  accountId: accountId.optional(),
});
export type ListEventsInput = z.infer<typeof listEventsInput>;

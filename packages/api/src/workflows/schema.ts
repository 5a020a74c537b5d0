import { z } from "zod";
import { accountId } from "../chats/inputs.ts";
import { type ChatsEvent, storable } from "../chats/schema.ts";
import type { CrmEvent } from "../crm/schema.ts";
import { EVENT_TYPES, type EventType } from "./event-types.ts";

export const eventType = z.enum(EVENT_TYPES);

/** An event with its id, which stays the same, and the moment it was stored, ISO 8601. */
export type WorkflowEvent = { id: string; at: string } & (ChatsEvent | CrmEvent);

export const listEventsInput = z.object({
  /** `next` of an earlier answer; without it the answer names the present end. */
  after: z.string().min(1).max(1_000_000).optional(),
  limit: z.int().min(1).max(500).default(100),
  types: z.array(eventType).min(1).max(EVENT_TYPES.length).optional(),
  accountId: accountId.optional(),
});
export type ListEventsInput = z.infer<typeof listEventsInput>;

export const idInput = z.object({ id: z.guid() });
export type IdInput = z.infer<typeof idInput>;

export const DIRECTIONS = ["all", "incoming", "outgoing"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const name = storable(z.string().trim().min(1).max(100));
const webhookFields = {
  name,
  url: storable(z.string().max(2_048)).pipe(z.url({ protocol: /^https?$/, error: "An address like https://…" })),
  /** Null for all. */
  events: z.array(eventType).min(1).max(EVENT_TYPES.length).nullable(),
  /** Of events that are about a message; others are told in any case. */
  direction: z.enum(DIRECTIONS),
  isActive: z.boolean(),
};
export const createWebhookInput = z.object({
  ...webhookFields,
  events: webhookFields.events.default(null),
  direction: webhookFields.direction.default("all"),
  isActive: webhookFields.isActive.default(true),
});
export type CreateWebhookInput = z.infer<typeof createWebhookInput>;
export const updateWebhookInput = z.object(webhookFields).partial().extend(idInput.shape);
export type UpdateWebhookInput = z.infer<typeof updateWebhookInput>;

export interface Webhook {
  id: string;
  name: string;
  url: string;
  events: EventType[] | null;
  direction: Direction;
  isActive: boolean;
  /** A person's id, or `key:<id>`. */
  createdBy: string;
  /** Until when the secret before this one signs too; null when none does. */
  previousSecretUntil: string | null;
  /** Since when nothing was taken; null while it works. */
  failingSince: string | null;
  deliveredAt: string | null;
  /** Deliveries that wait. */
  waiting: number;
  createdAt: string;
  updatedAt: string;
}

export const DELIVERY_STATES = ["pending", "done", "failed"] as const;
export type WebhookDeliveryState = (typeof DELIVERY_STATES)[number];

export interface WebhookDelivery {
  id: string;
  webhookId: string;
  eventId: string;
  type: string;
  state: WebhookDeliveryState;
  attempts: number;
  /** Of the last attempt, as are the next three; null before one, or without an answer. */
  statusCode: number | null;
  ms: number | null;
  error: string | null;
  problem: string | null;
  params: Readonly<Record<string, string | number>> | null;
  attemptedAt: string | null;
  createdAt: string;
}

const rowId = z.string().regex(/^[1-9]\d{0,15}$/, "Not one of ours");
export const deliveriesInput = z.object({
  webhookId: z.guid(),
  state: z.enum(DELIVERY_STATES).optional(),
  limit: z.int().min(1).max(100).default(30),
  offsetId: rowId.optional(),
});
export type DeliveriesInput = z.infer<typeof deliveriesInput>;
export const replayInput = z.object({ deliveryId: rowId });
export type ReplayInput = z.infer<typeof replayInput>;

/** What a receiver said to a test. */
export interface WebhookTest {
  isDelivered: boolean;
  statusCode: number | null;
  ms: number;
  error: string | null;
  problem: string | null;
  params: Readonly<Record<string, string | number>> | null;
}

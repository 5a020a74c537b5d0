import type { z } from "zod";
import type { Actor } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import { declareLatest, declareLog } from "../realtime/topic.ts";
import { conversationPresence, inboxEvent, typingEvent } from "./schema.ts";
import { storedConversationEvent, storedCustomerEvent } from "./stored.ts";

const staffOnly = (actor: Actor): boolean => isStaff(actor, "support:read");
const staffOrOwner = (actor: Actor, key: string): boolean =>
  staffOnly(actor) || (actor.kind === "customer" && customerKey(actor.namespace, actor.externalId) === key);

/** Everything agents see of one conversation, notes included. Key: conversation id. Readers: staff. */
export const conversationTopic = declareLog<number, z.infer<typeof storedConversationEvent>>("support.conversation", {
  event: storedConversationEvent,
  mayRead: staffOnly,
});

/** What the customer sees of their conversation. Key: `<channel>:<customer id>`. Readers: that customer, staff. */
export const customerTopic = declareLog<string, z.infer<typeof storedCustomerEvent>>("support.customer", {
  event: storedCustomerEvent,
  mayRead: staffOrOwner,
});

/** Rows of the inbox as they change. Readers: staff. */
export const inboxTopic = declareLog<"all", z.infer<typeof inboxEvent>>("support.inbox", {
  event: inboxEvent,
  mayRead: staffOnly,
});

/** Who types in a conversation. Key: `<channel>:<customer id>`. */
export const typingTopic = declareLatest<string, z.infer<typeof typingEvent>>("support.typing", {
  value: typingEvent,
  mayRead: staffOrOwner,
});

/** Who looks at, types in or drafts in a conversation. Key: `<channel>:<customer id>`. Readers: staff. */
export const presenceTopic = declareLatest<string, z.infer<typeof conversationPresence>>("support.presence", {
  value: conversationPresence,
  mayRead: staffOnly,
});

export const customerKey = (channel: string, externalId: string): string => `${channel}:${externalId}`;

/** The logs of a conversation. */
export const logsOf = (row: { id: number; channel: string; externalId: string }): [string, string] => [
  conversationTopic.name(row.id),
  customerTopic.name(customerKey(row.channel, row.externalId)),
];

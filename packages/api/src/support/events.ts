import { z } from "zod";
import { declareLatest, declareLog } from "../realtime/topic.ts";
import { inboxEvent, typingEvent } from "./schema.ts";
import { storedConversationEvent, storedCustomerEvent } from "./stored.ts";

/** Everything agents see of one conversation, notes included. Key: conversation id. Readers: staff. */
export const conversationTopic = declareLog<number, z.infer<typeof storedConversationEvent>>("support.conversation", {
  event: storedConversationEvent,
});

/** What the customer sees of his conversation. Key: `<channel>:<customer id>`. Readers: that customer, staff. */
export const customerTopic = declareLog<string, z.infer<typeof storedCustomerEvent>>("support.customer", {
  event: storedCustomerEvent,
});

/** Rows of the inbox as they change. Readers: staff. */
export const inboxTopic = declareLog<"all", z.infer<typeof inboxEvent>>("support.inbox", { event: inboxEvent });

/** Who types in a conversation. Key: `<channel>:<customer id>`. */
export const typingTopic = declareLatest<string, z.infer<typeof typingEvent>>("support.typing", { value: typingEvent });

/** Told to the outbox worker after a commit that left it work. */
export const outboxTopic = declareLatest<"due", null>("support.outbox", { value: z.null() });

export const customerKey = (channel: string, externalId: string): string => `${channel}:${externalId}`;

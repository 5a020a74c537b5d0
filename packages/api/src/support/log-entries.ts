import type { NewEntry } from "../realtime/log.ts";
import { type ConversationRecord, toInboxRow } from "./conversation-rows.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic } from "./events.ts";
import { isInternal, type StoredMessage } from "./stored.ts";

/** What tells the inbox of a conversation's row. */
export const inboxEntry = (record: ConversationRecord): NewEntry => ({
  topic: inboxTopic.name("all"),
  payload: { type: "conversationChanged", conversation: toInboxRow(record) },
});

/** The same, for those who follow the conversation too. */
export function conversationEntries(record: ConversationRecord): NewEntry[] {
  const entry = inboxEntry(record);
  return [{ ...entry, topic: conversationTopic.name(record.id) }, entry];
}

/** A message for agents, and for the customer where they may see it. */
export function messageEntries(
  type: "messageSent" | "messageEdited",
  message: StoredMessage,
  { id, channel, externalId }: Pick<ConversationRecord, "id" | "channel" | "externalId">,
): NewEntry[] {
  const payload = { type, message };
  const entries: NewEntry[] = [{ topic: conversationTopic.name(id), payload }];
  if (!isInternal(message.kind)) entries.push({ topic: customerTopic.name(customerKey(channel, externalId)), payload });
  return entries;
}

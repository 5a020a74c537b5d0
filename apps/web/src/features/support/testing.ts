import type { ConversationPage, ConversationRow, Message } from "@pult/api/support/schema.ts";

export function rowFixture(id: number, fields: Partial<ConversationRow> = {}): ConversationRow {
  return {
    id,
    channel: "telegram",
    customer: { id: `u${id}`, name: `Customer ${id}`, username: null, online: false },
    status: "open",
    snoozedUntil: null,
    assignee: null,
    lastMessage: null,
    lastActivityAt: `2026-11-01T10:${String(id).padStart(2, "0")}:00.000Z`,
    unreadCount: 0,
    customerReadId: 0,
    ...fields,
  };
}

export function messageFixture(id: number, fields: Partial<Message> = {}): Message {
  return {
    id,
    conversationId: 1,
    kind: "customer",
    text: `Message ${id}`,
    photos: [],
    author: { id: "u1", name: "Customer 1" },
    source: "telegram",
    clientId: null,
    replyTo: null,
    change: null,
    createdAt: new Date(Date.UTC(2026, 10, 1, 10, 0, id)).toISOString(),
    editedAt: null,
    deliveries: [],
    ...fields,
  };
}

/** A page of messages for tests, from one id to another. */
export const pageFixture = (from: number, to: number, hasMore = true): ConversationPage => ({
  messages: Array.from({ length: to - from + 1 }, (_, index) => messageFixture(from + index)),
  hasMore,
  conversation: {
    ...rowFixture(1),
    createdAt: "2026-11-01T00:00:00.000Z",
    languageCode: null,
    telegram: { topicId: null, userId: null },
    devices: [],
  },
});

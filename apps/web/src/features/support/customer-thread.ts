import type { CustomerEvent, CustomerHistory, Message, MessagePage } from "@pult/api/support/schema.ts";

/** What a customer's page knows of his conversation: a run of messages without holes that ends with the newest. */
export type CustomerThread = {
  /** Ascending by id. */
  messages: readonly Message[];
  /** Whether there are earlier ones. */
  hasMore: boolean;
  /** Newest message that an agent has read. */
  agentReadId: number;
};

/** For an id in both, `newer` wins. */
function merge(older: readonly Message[], newer: readonly Message[]): Message[] {
  const byId = new Map<number, Message>();
  for (const message of older) byId.set(message.id, message);
  for (const message of newer) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/** Lays the newest page over what is known; where a hole would be between them, what is known is let go. */
export function withNewest(thread: CustomerThread | null, page: CustomerHistory): CustomerThread {
  const firstNew = page.messages[0];
  const lastKnown = thread?.messages.at(-1);
  const hasHole = page.hasMore && firstNew && lastKnown && firstNew.id > lastKnown.id;
  if (!thread || hasHole) return { messages: page.messages, hasMore: page.hasMore, agentReadId: page.agentReadId };
  const firstKnown = thread.messages[0];
  const reachesBack = firstKnown !== undefined && firstNew !== undefined && firstKnown.id < firstNew.id;
  return {
    messages: merge(thread.messages, page.messages),
    hasMore: reachesBack ? thread.hasMore : page.hasMore,
    agentReadId: Math.max(thread.agentReadId, page.agentReadId),
  };
}

export function withOlder(thread: CustomerThread, page: MessagePage): CustomerThread {
  return { ...thread, messages: merge(page.messages, thread.messages), hasMore: page.hasMore };
}

export function withMessage(thread: CustomerThread, message: Message): CustomerThread {
  const first = thread.messages[0];
  // An edit of something older than what is loaded is seen when that part is loaded.
  if (thread.hasMore && first && message.id < first.id) return thread;
  return { ...thread, messages: merge(thread.messages, [message]) };
}

/** One event of the log. Each carries its whole subject, so that one that comes twice changes nothing. */
export function withEvent(thread: CustomerThread, event: CustomerEvent): CustomerThread {
  switch (event.type) {
    case "messageSent":
      return withMessage(readByAnswer(thread, event.message), event.message);
    case "messageEdited":
      return withMessage(thread, event.message);
    case "read":
      return { ...thread, agentReadId: Math.max(thread.agentReadId, event.agentReadId) };
  }
}

/** Who answers has read what was there; the server moves its mark by the same rule and says nothing more of it. */
function readByAnswer(thread: CustomerThread, { kind, id }: Message): CustomerThread {
  return kind === "agent" ? { ...thread, agentReadId: Math.max(thread.agentReadId, id) } : thread;
}

/** The newest message from the other side, 0 before the first. */
export function newestIncomingId(thread: CustomerThread): number {
  return thread.messages.findLast((message) => message.kind !== "customer")?.id ?? 0;
}

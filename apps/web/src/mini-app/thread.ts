import type { CustomerEvent, CustomerHistory, Message } from "@pult/api/support/schema.ts";
import { layNewest, type Run, withMessage } from "../features/thread/run.ts";

/** What a customer's page knows of the conversation. */
export type CustomerThread = Run<Message> & {
  /** Newest message that an agent has read. */
  agentReadId: number;
};

/** Lays the newest page over the thread; where a gap would be between them, only the newest page stays. */
export function withNewest(thread: CustomerThread | null, page: CustomerHistory): CustomerThread {
  return { ...layNewest(thread, page), agentReadId: Math.max(thread?.agentReadId ?? 0, page.agentReadId) };
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

/** An agent who answers has read what was there; the server moves its mark by the same rule and says nothing more of it. */
function readByAnswer(thread: CustomerThread, { kind, id }: Message): CustomerThread {
  return kind === "agent" ? { ...thread, agentReadId: Math.max(thread.agentReadId, id) } : thread;
}

/** The newest message from the other side, 0 before the first. */
export function newestIncomingId(thread: CustomerThread): number {
  return thread.messages.findLast((message) => message.kind !== "customer")?.id ?? 0;
}

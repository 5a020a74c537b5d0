import type {
  ConversationDetail,
  ConversationEvent,
  ConversationPage,
  ConversationRow,
  Message,
} from "@pult/api/support/schema.ts";
import { layNewest, type Run, withMessage } from "../../thread/thread-store.ts";

/** What is known of one conversation. */
export type ThreadState = Run<Message> & { conversation: ConversationDetail };

/** Lays a page of the newest messages over the state. */
export function layPage(state: ThreadState | null, page: ConversationPage): ThreadState {
  return { ...layNewest(state, page), conversation: page.conversation };
}

/** The row is newer than the details around it, and has none of its own. */
export function withRow(state: ThreadState, row: ConversationRow): ThreadState {
  return { ...state, conversation: { ...state.conversation, ...row } };
}

/** One event of the log. Each carries its whole subject, so that an event that comes twice changes nothing. */
export function withEvent(state: ThreadState, event: ConversationEvent): ThreadState {
  switch (event.type) {
    case "messageSent":
    case "messageEdited":
      return withMessage(state, event.message);
    case "deliveryChanged":
      return {
        ...state,
        messages: state.messages.map((message) =>
          message.id === event.messageId ? { ...message, deliveries: event.deliveries } : message,
        ),
      };
    case "conversationChanged":
      return withRow(state, event.conversation);
  }
}

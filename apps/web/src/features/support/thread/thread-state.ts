import type {
  ConversationDetail,
  ConversationEvent,
  ConversationPage,
  ConversationRow,
  Message,
} from "@pult/api/support/schema.ts";

/** What is known of one conversation: a run of messages without holes that ends with the newest. */
export type ThreadState = {
  conversation: ConversationDetail;
  /** Ascending by id. */
  messages: readonly Message[];
  /** Whether there are earlier ones. */
  hasMore: boolean;
};

/** Both ascending; for an id in both, `newer` wins. */
function merge(older: readonly Message[], newer: readonly Message[]): Message[] {
  const byId = new Map<number, Message>();
  for (const message of older) byId.set(message.id, message);
  for (const message of newer) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

export function fromPage(page: ConversationPage): ThreadState {
  return { conversation: page.conversation, messages: page.messages, hasMore: page.hasMore };
}

/** Whether a page of the newest messages continues what is known, or leaves a hole between. */
export function touches(state: ThreadState, page: Pick<ConversationPage, "messages" | "hasMore">): boolean {
  const first = page.messages[0];
  const last = state.messages.at(-1);
  return !page.hasMore || !first || !last || first.id <= last.id;
}

/** Lays a page of the newest messages over what is known. The caller has made sure that they touch. */
export function withNewest(state: ThreadState, page: ConversationPage): ThreadState {
  const known = state.messages[0];
  const reachesBack = known !== undefined && page.messages[0] !== undefined && known.id < page.messages[0].id;
  return {
    conversation: page.conversation,
    messages: merge(state.messages, page.messages),
    hasMore: reachesBack ? state.hasMore : page.hasMore,
  };
}

export function withOlder(state: ThreadState, page: Pick<ConversationPage, "messages" | "hasMore">): ThreadState {
  return { ...state, messages: merge(page.messages, state.messages), hasMore: page.hasMore };
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

/** An edit of something older than what is loaded is seen when that part is loaded. */
export function withMessage(state: ThreadState, message: Message): ThreadState {
  const first = state.messages[0];
  if (state.hasMore && first && message.id < first.id) return state;
  return { ...state, messages: merge(state.messages, [message]) };
}

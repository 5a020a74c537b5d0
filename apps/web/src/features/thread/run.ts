/** A message as far as its place in a thread goes. */
export type Placed = { id: number };

/** Messages without holes, up to the newest. */
export type Run<Message extends Placed> = {
  /** Ascending by id. */
  messages: readonly Message[];
  /** Whether there are earlier ones. */
  hasMore: boolean;
};

/** Both ascending; for an id in both, `newer` wins. */
function merge<Message extends Placed>(older: readonly Message[], newer: readonly Message[]): Message[] {
  const byId = new Map<number, Message>();
  for (const message of older) byId.set(message.id, message);
  for (const message of newer) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/** Whether a page of the newest messages continues the run, or leaves a hole between. */
export function touches<Message extends Placed>(run: Run<Message>, page: Run<Message>): boolean {
  const first = page.messages[0];
  const last = run.messages.at(-1);
  return !page.hasMore || !first || !last || first.id <= last.id;
}

/** The run under a page of the newest messages. The page alone where a hole would be between them. */
export function layNewest<Message extends Placed>(run: Run<Message> | null, page: Run<Message>): Run<Message> {
  if (!run || !touches(run, page)) return { messages: page.messages, hasMore: page.hasMore };
  const firstKnown = run.messages[0];
  const firstNew = page.messages[0];
  const reachesBack = firstKnown !== undefined && firstNew !== undefined && firstKnown.id < firstNew.id;
  return {
    messages: merge(run.messages, page.messages),
    hasMore: reachesBack ? run.hasMore : page.hasMore,
  };
}

export function withOlder<Message extends Placed, State extends Run<Message>>(state: State, page: Run<Message>): State {
  return { ...state, messages: merge(page.messages, state.messages), hasMore: page.hasMore };
}

/** An edit of a message that is not loaded shows when that part is loaded. */
export function withMessage<Message extends Placed, State extends Run<Message>>(state: State, message: Message): State {
  const first = state.messages[0];
  if (state.hasMore && first && message.id < first.id) return state;
  return { ...state, messages: merge(state.messages, [message]) };
}

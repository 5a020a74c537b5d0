import { createStore } from "zustand/vanilla";
import { type Failure, toFailure } from "../../trpc/failure.ts";
import { Reading } from "../../trpc/reading.ts";

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

export interface ThreadSource<Message extends Placed, Page extends Run<Message>, Event> {
  /** The newest page, or the one before a message. */
  page(before: number | undefined, limit: number): Promise<Page>;
  /** Follows the log until the returned function is called. `onPosition` brings the newest page where the log does. */
  follow(handlers: {
    onEvent(event: Event): void;
    onPosition(page: Page | null | undefined): void;
    onRefused(error: unknown): void;
  }): () => void;
}

export interface ThreadRules<Message extends Placed, Page extends Run<Message>, Event, State extends Run<Message>> {
  lay(state: State | null, page: Page): State;
  apply(state: State, event: Event): State;
  onEvent?(event: Event): void;
  /** The messages that a page brought. */
  onPage?(messages: readonly Message[]): void;
  onRefused?(error: unknown): void;
  /** Beyond this many pages of a gap the thread starts anew from its end. Default 5; 0 fills none. */
  maxGapPages?: number;
  /** How long the first page waits for the log to be followed, so that nothing falls between the two. Default 700 ms. */
  followTimeoutMs?: number;
}

export type ThreadSnapshot<State> = {
  /** Null until the first page has come. */
  thread: State | null;
  /** Why the first page did not come. */
  failure: Failure | null;
  older: "idle" | "loading" | "failed";
  /** The time in between is being fetched after a long absence. */
  isFillingGap: boolean;
};

const PAGE_SIZE = 50;
const GAP_PAGE_SIZE = 200;
const MAX_BACK_PAGES = 40;

/**
 * One thread, kept current: the log is followed first, then the newest page is read, and what was heard meanwhile is applied after it.
 */
export class ThreadStore<Message extends Placed, Page extends Run<Message>, Event, State extends Run<Message>> {
  readonly state = createStore<ThreadSnapshot<State>>(() => ({
    thread: null,
    failure: null,
    older: "idle",
    isFillingGap: false,
  }));
  readonly #source: ThreadSource<Message, Page, Event>;
  readonly #rules: ThreadRules<Message, Page, Event, State>;
  readonly #newest = new Reading<Event>();
  readonly #older = new Reading<Event>();

  constructor(source: ThreadSource<Message, Page, Event>, rules: ThreadRules<Message, Page, Event, State>) {
    this.#source = source;
    this.#rules = rules;
  }

  /** Follows the thread until the returned function is called. */
  follow(): () => void {
    // Without a socket the page still comes, by HTTP.
    const fallback = setTimeout(() => this.#load(), this.#rules.followTimeoutMs ?? 700);
    const stop = this.#source.follow({
      onEvent: (event) => {
        this.#newest.hear(event);
        this.#older.hear(event);
        this.change((thread) => this.#rules.apply(thread, event));
        this.#rules.onEvent?.(event);
      },
      onPosition: (page) => {
        clearTimeout(fallback);
        // Also where the first page is on its way: it was asked for before the log was followed.
        void this.#load(page ?? undefined);
      },
      onRefused: (error) => {
        if (this.#rules.onRefused) this.#rules.onRefused(error);
        else this.state.setState({ failure: toFailure(error) });
      },
    });
    return () => {
      clearTimeout(fallback);
      stop();
    };
  }

  /** Reads the newest page again. */
  readonly reload = (): void => {
    this.state.setState({ failure: null });
    this.#load();
  };

  readonly loadOlder = async (): Promise<void> => {
    const { thread, older } = this.state.getState();
    const first = thread?.messages[0];
    if (!thread?.hasMore || !first || older === "loading") return;
    this.state.setState({ older: "loading" });
    try {
      const read = await this.#older.read(() => this.#source.page(first.id, PAGE_SIZE));
      if (read) {
        const { answer, heard } = read;
        this.change((current) => heard.reduce(this.#rules.apply, withOlder<Message, State>(current, answer)));
      }
      this.state.setState({ older: "idle" });
    } catch {
      this.state.setState({ older: "failed" });
    }
  };

  /** Loads earlier pages until a message is there, or it is clear that it is not. */
  readonly loadBackTo = async (messageId: number): Promise<boolean> => {
    for (let round = 0; round < MAX_BACK_PAGES; round++) {
      const { thread, older } = this.state.getState();
      if (thread?.messages.some((message) => message.id === messageId)) return true;
      if (!thread?.hasMore || older === "failed" || (thread.messages[0]?.id ?? 0) < messageId) return false;
      await this.loadOlder();
    }
    return false;
  };

  /** What a call of our own stored. What the log has told of already may be newer, and stays. */
  applyStored(message: Message): void {
    this.change((thread) =>
      thread.messages.some(({ id }) => id === message.id) ? thread : withMessage<Message, State>(thread, message),
    );
  }

  change(change: (thread: State) => State): void {
    const { thread } = this.state.getState();
    if (thread) this.state.setState({ thread: change(thread) });
  }

  /** Lays the newest page over the state, after filling the gap between them. @param known where the log has brought it */
  async #load(known?: Page): Promise<void> {
    try {
      const read = await this.#newest.read(async () =>
        this.#withoutHole(known ?? (await this.#source.page(undefined, PAGE_SIZE))),
      );
      if (!read) return;
      const laid = this.#rules.lay(this.state.getState().thread, read.answer);
      this.#rules.onPage?.(read.answer.messages);
      this.state.setState({ thread: read.heard.reduce(this.#rules.apply, laid), failure: null, isFillingGap: false });
    } catch (error) {
      const failure = this.state.getState().thread ? {} : { failure: toFailure(error) };
      this.state.setState({ ...failure, isFillingGap: false });
    }
  }

  async #withoutHole(page: Page): Promise<Page> {
    if (!this.#leavesHole(page)) return page;
    this.state.setState({ isFillingGap: true });
    return this.#fillGap(page).catch(() => page);
  }

  #leavesHole(page: Page): boolean {
    const { thread } = this.state.getState();
    return thread !== null && !touches<Message>(thread, page);
  }

  async #fillGap(page: Page): Promise<Page> {
    let filled = page;
    for (let round = 0; round < (this.#rules.maxGapPages ?? 5); round++) {
      const first = filled.messages[0];
      if (!first || !this.#leavesHole(filled)) break;
      const earlier = await this.#source.page(first.id, GAP_PAGE_SIZE);
      filled = { ...page, messages: [...earlier.messages, ...filled.messages], hasMore: earlier.hasMore };
    }
    return filled;
  }
}

import type {
  ConversationEvent,
  ConversationPage,
  ConversationRow,
  Delivery,
  Message,
} from "@pult/api/support/schema.ts";
import type { WebClient } from "../../../trpc/client.ts";
import { type Failure, toFailure } from "../../../trpc/failure.ts";
import { followPersistently } from "../../../trpc/follow.ts";
import {
  fromPage,
  type ThreadState,
  touches,
  withEvent,
  withMessage,
  withNewest,
  withOlder,
  withRow,
} from "./thread-state.ts";

const isSettled = ({ state }: Delivery): boolean => state !== "pending";

export type ThreadSnapshot = {
  /** Null until the first page has come. */
  thread: ThreadState | null;
  /** Why the first page did not come. */
  failure: Failure | null;
  older: "idle" | "loading" | "failed";
  /** The time in between is being fetched after a long absence. */
  isFillingGap: boolean;
};

const PAGE_SIZE = 50;
const GAP_PAGE_SIZE = 200;
/** Beyond this many pages of a gap the thread starts anew from its end. */
const MAX_GAP_PAGES = 5;
const MAX_BACK_PAGES = 40;
/** How long the first page waits for the log to be followed. */
const FOLLOW_PATIENCE_MS = 700;

/**
 * One conversation, kept current: the log is followed first, then the newest page is read, and what was heard meanwhile is applied after it.
 * It stays in memory when the agent looks at another conversation, and resumes where it was.
 */
export class ThreadStore {
  readonly #client: WebClient;
  readonly conversationId: number;
  readonly #listeners = new Set<() => void>();
  #snapshot: ThreadSnapshot = { thread: null, failure: null, older: "idle", isFillingGap: false };
  #isLoading = false;
  #isRefreshing = false;
  #detailsWanted = false;
  /** What was heard while a page was under way. */
  #heard: ConversationEvent[] = [];

  readonly #onStored: (message: Message) => void;

  /** `onStored` hears of each message the log says is stored. */
  constructor(client: WebClient, conversationId: number, onStored: (message: Message) => void) {
    this.#client = client;
    this.conversationId = conversationId;
    this.#onStored = onStored;
  }

  readonly snapshot = (): ThreadSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows the conversation until the returned function is called. */
  follow(): () => void {
    // Without a socket the page still comes, by HTTP.
    const fallback = setTimeout(() => this.#load(), FOLLOW_PATIENCE_MS);
    const stop = followPersistently<ConversationEvent, ConversationPage>(
      (input, handlers) =>
        this.#client.support.onConversation.subscribe({ ...input, conversationId: this.conversationId }, handlers),
      {
        onEvent: (event) => this.#hear(event),
        onPosition: (page) => {
          clearTimeout(fallback);
          void (page ? this.#lay(page) : this.#load());
        },
        onRefused: (error) => this.#set({ failure: toFailure(error) }),
      },
    );
    return () => {
      clearTimeout(fallback);
      stop();
    };
  }

  /** Reads the newest page again. */
  readonly reload = (): void => {
    this.#set({ failure: null });
    this.#load();
  };

  readonly loadOlder = async (): Promise<void> => {
    const { thread, older } = this.#snapshot;
    const first = thread?.messages[0];
    if (!thread?.hasMore || !first || older === "loading") return;
    this.#set({ older: "loading" });
    try {
      const page = await this.#read(first.id, PAGE_SIZE);
      const current = this.#snapshot.thread;
      this.#set({ thread: current && withOlder(current, page), older: "idle" });
    } catch {
      this.#set({ older: "failed" });
    }
  };

  /** Loads earlier pages until a message is there, or it is clear that it is not. */
  readonly loadBackTo = async (messageId: number): Promise<boolean> => {
    for (let round = 0; round < MAX_BACK_PAGES; round++) {
      const { thread, older } = this.#snapshot;
      if (thread?.messages.some((message) => message.id === messageId)) return true;
      if (!thread?.hasMore || older === "failed" || (thread.messages[0]?.id ?? 0) < messageId) return false;
      await this.loadOlder();
    }
    return false;
  };

  /** What a mutation of our own answered; the log says the same a moment later. */
  applyMessage(message: Message): void {
    const { thread } = this.#snapshot;
    if (thread) this.#set({ thread: withMessage(thread, message) });
  }

  applyRow(row: ConversationRow): void {
    const { thread } = this.#snapshot;
    if (thread) this.#set({ thread: withRow(thread, row) });
  }

  #hear(event: ConversationEvent): void {
    if (this.#isLoading) this.#heard.push(event);
    const { thread } = this.#snapshot;
    if (thread) this.#set({ thread: withEvent(thread, event) });
    if (event.type === "messageSent") this.#onStored(event.message);
    if (event.type === "deliveryChanged" && event.deliveries.some(isSettled)) void this.#refreshDetails();
  }

  /** A delivery tells of devices and topics, which no event carries. */
  async #refreshDetails(): Promise<void> {
    this.#detailsWanted = true;
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    while (this.#detailsWanted) {
      this.#detailsWanted = false;
      // Without an answer what is shown stays; the next delivery or visit asks again.
      const page = await this.#read(undefined, 1).catch(() => null);
      const { thread } = this.#snapshot;
      if (thread && page) this.#set({ thread: { ...thread, conversation: page.conversation } });
    }
    this.#isRefreshing = false;
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#heard = [];
    try {
      await this.#lay(await this.#read(undefined, PAGE_SIZE));
    } catch (error) {
      if (!this.#snapshot.thread) this.#set({ failure: toFailure(error) });
    } finally {
      this.#isLoading = false;
    }
  }

  /** Lays the newest page over what is known, after filling the hole between them if there is one. */
  async #lay(page: ConversationPage): Promise<void> {
    let { thread } = this.#snapshot;
    let newest = page;
    if (thread && !touches(thread, page)) {
      this.#set({ isFillingGap: true });
      newest = await this.#fillGap(page).catch(() => page);
      thread = this.#snapshot.thread;
    }
    const laid = thread && touches(thread, newest) ? withNewest(thread, newest) : fromPage(newest);
    this.#set({ thread: this.#heard.reduce(withEvent, laid), failure: null, isFillingGap: false });
    for (const message of newest.messages) this.#onStored(message);
  }

  async #fillGap(page: ConversationPage): Promise<ConversationPage> {
    let filled = page;
    for (let round = 0; round < MAX_GAP_PAGES; round++) {
      const { thread } = this.#snapshot;
      const first = filled.messages[0];
      if (!thread || !first || touches(thread, filled)) break;
      const earlier = await this.#read(first.id, GAP_PAGE_SIZE);
      filled = { ...page, messages: [...earlier.messages, ...filled.messages], hasMore: earlier.hasMore };
    }
    return filled;
  }

  #read(beforeId: number | undefined, limit: number): Promise<ConversationPage> {
    return this.#client.support.conversation.query({ conversationId: this.conversationId, beforeId, limit });
  }

  #set(change: Partial<ThreadSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

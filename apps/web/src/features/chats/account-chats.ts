import type { Chat, ChatsEvent, Page, Session } from "@pult/api/chats/schema.ts";
import { createStore } from "zustand/vanilla";
import type { WebClient } from "../../trpc/client.ts";
import { type Failure, toFailure } from "../../trpc/failure.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { Reading } from "../../trpc/reading.ts";
import { newId } from "../thread/send-queue.ts";
import type { ThreadSource } from "../thread/thread-store.ts";
import { type ChatListState, explains, withChats, withListEvent } from "./chat-list-state.ts";
import { DraftBox } from "./drafts/draft-box.ts";
import { SendBox, type Shelf } from "./send-box.ts";
import { type ChatMessage, type ChatRun, ChatThread, toChatMessage } from "./thread/chat-thread.ts";

type ThreadHandlers = Parameters<ThreadSource<ChatMessage, ChatRun, ChatsEvent>["follow"]>[0];

type Snapshot = {
  /** Null until the list has been read. */
  list: ChatListState | null;
  failure: Failure | null;
  more: "idle" | "loading" | "failed";
};

const PAGE_SIZE = 100;

type Options = {
  client: WebClient;
  accountId: string;
  agentId: string;
  shelf: Shelf;
  /** The account's state or health changed. */
  onSession: (session: Session) => void;
  /** What a chat has scheduled may have changed: because a message was sent, or else. */
  onScheduled: (chatId: string, change?: "sent") => void;
};

/** One linked account: its chats, the threads that were opened, what it has to send. All of it follows the account's one log. */
export class AccountChats {
  readonly state = createStore<Snapshot>(() => ({ list: null, failure: null, more: "idle" }));
  readonly sends: SendBox;
  /** Text that was written and not sent. */
  readonly drafts: DraftBox;
  readonly #options: Options;
  readonly #threads = new Map<string, ChatThread>();
  readonly #listeners = new Map<string, Set<ThreadHandlers>>();
  readonly #newest = new Reading<ChatsEvent>();
  readonly #more = new Reading<ChatsEvent>();
  readonly #one = new Reading<ChatsEvent>();
  #isPlaced = false;

  constructor(options: Options) {
    this.#options = options;
    const { client, accountId, agentId, shelf } = options;
    this.drafts = new DraftBox({ client, accountId, authorId: agentId });
    this.sends = new SendBox({
      client,
      accountId,
      shelf,
      onScheduled: options.onScheduled,
      onSent: (message) => this.#threads.get(message.chatId)?.applyStored(toChatMessage(message)),
    });
  }

  get accountId(): string {
    return this.#options.accountId;
  }

  get client(): WebClient {
    return this.#options.client;
  }

  /** Follows the account until the returned function is called. */
  follow(): () => void {
    const { client, accountId } = this.#options;
    const stop = followPersistently<ChatsEvent, Page<Chat>>(
      (input, handlers) => client.chats.onChats.subscribe({ ...input, accountId }, handlers),
      {
        onEvent: (event) => this.#hear(event),
        onPosition: (snapshot) => {
          this.#isPlaced = true;
          void this.#load(snapshot ?? undefined);
          for (const { onPosition } of this.#allListeners()) onPosition(null);
        },
        onRefused: (error) => this.state.setState({ failure: toFailure(error) }),
      },
    );
    const sends = client.chats.onSendState.subscribe(
      { accountId },
      // The log tells what was sent; without this only what failed is told later, by the next repeat.
      {
        onData: (event) => {
          this.sends.hear(event);
          if (event.state === "sent") this.#options.onScheduled(event.chatId, "sent");
        },
        onError: () => {},
      },
    );
    const stopDrafts = this.drafts.follow();
    return () => {
      this.#isPlaced = false;
      stop();
      stopDrafts();
      sends.unsubscribe();
    };
  }

  thread(chatId: string): ChatThread {
    const known = this.#threads.get(chatId);
    if (known) return known;
    const thread = new ChatThread({
      client: this.client,
      accountId: this.accountId,
      chatId,
      follow: (handlers) => this.#listen(chatId, handlers),
      onStored: (messages) => this.sends.confirm(messages.map(({ clientId }) => clientId)),
    });
    this.#threads.set(chatId, thread);
    return thread;
  }

  readonly reload = (): void => {
    this.state.setState({ failure: null });
    void this.#load();
  };

  readonly loadMore = async (): Promise<void> => {
    const { list, more } = this.state.getState();
    const offsetId = list?.next;
    if (!offsetId || more === "loading") return;
    this.state.setState({ more: "loading" });
    try {
      const read = await this.#more.read(() => this.#page(offsetId));
      if (read) {
        this.#change((current) => withPage(current, read.answer));
        for (const event of read.heard) this.#change((current) => withListEvent(current, event));
      }
      this.state.setState({ more: "idle" });
    } catch {
      this.state.setState({ more: "failed" });
    }
  };

  /** Reads a chat that the list has not brought. @throws what the call does */
  async need(chatId: string): Promise<void> {
    const read = await this.#one.read(() => this.client.chats.get.query({ accountId: this.accountId, chatId }));
    if (read) this.#change((list) => read.heard.reduce(withListEvent, withChats(list, [read.answer])));
  }

  send(message: Omit<Parameters<SendBox["add"]>[0], "clientId">): void {
    this.sends.add({ ...message, clientId: newId() });
  }

  #page(offsetId?: string): Promise<Page<Chat>> {
    const { accountId } = this;
    return this.client.chats.list.query({ accountId, limit: PAGE_SIZE, ...(offsetId ? { offsetId } : {}) });
  }

  /** Reads the top of the list. @param known where the log has brought it */
  async #load(known?: Page<Chat>): Promise<void> {
    try {
      const read = await this.#newest.read(async () => known ?? (await this.#page()));
      if (!read) return;
      const laid = withPage({ chats: new Map(), next: null }, read.answer);
      this.state.setState({ list: read.heard.reduce(withListEvent, laid), failure: null });
    } catch (error) {
      if (!this.state.getState().list) this.state.setState({ failure: toFailure(error) });
    }
  }

  #hear(event: ChatsEvent): void {
    if (event.type === "sessionUpdated") this.#options.onSession(event.session);
    for (const reading of [this.#newest, this.#more, this.#one]) reading.hear(event);
    const { list } = this.state.getState();
    if (list && !explains(list, event)) void this.#load();
    this.#change((current) => withListEvent(current, event));
    if (!("chatId" in event)) return;
    if (event.type === "messageSent") {
      this.sends.confirm([event.message.clientId]);
      this.#options.onScheduled(event.chatId, "sent");
    }
    for (const { onEvent } of this.#listeners.get(event.chatId) ?? []) onEvent(event);
  }

  #change(change: (list: ChatListState) => ChatListState): void {
    const { list } = this.state.getState();
    if (list) this.state.setState({ list: change(list) });
  }

  #listen(chatId: string, handlers: ThreadHandlers): () => void {
    const listeners = this.#listeners.get(chatId) ?? new Set();
    this.#listeners.set(chatId, listeners.add(handlers));
    if (this.#isPlaced) handlers.onPosition(null);
    return () => void listeners.delete(handlers);
  }

  #allListeners(): ThreadHandlers[] {
    return [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
  }
}

const withPage = (list: ChatListState, { items, nextOffsetId }: Page<Chat>): ChatListState => ({
  ...withChats(list, items),
  next: nextOffsetId,
});

import type { Client } from "@pult/api/client.ts";
import type { CustomerEvent, CustomerHistory } from "@pult/api/support/schema.ts";
import type { TelegramSession } from "../../telegram/session.ts";
import { type Failure, toFailure } from "../../trpc/failure.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { type ConnectionPhase, showPhase } from "../../trpc/phase.ts";
import type { OutboxKeep } from "./customer-outbox.ts";
import { CustomerOutbox } from "./customer-outbox.ts";
import {
  type CustomerThread,
  newestIncomingId,
  withEvent,
  withMessage,
  withNewest,
  withOlder,
} from "./customer-thread.ts";
import { TypingNotice } from "./customer-typing.ts";
import { UploadError, uploadPhoto } from "./customer-upload.ts";

export type ChatSnapshot = {
  /** Whose conversation it is; null until he has signed in. */
  userId: string | null;
  /** Null until the first page has come. */
  thread: CustomerThread | null;
  /** Why there is nothing to show yet. */
  failure: Failure | null;
  /** The proof of who this is was not accepted, or is too old to sign in with again. */
  refusal: "refused" | "expired" | null;
  older: "idle" | "loading" | "failed";
  connection: ConnectionPhase;
  /** Epoch milliseconds of the last change of `connection`. */
  connectionSince: number;
  /** Name of the agent who types. */
  typing: string | null;
  /** Name of the business. */
  workspace: string | null;
};

export type CustomerChatPorts = {
  session: TelegramSession;
  /** Asks the session for its token anew whenever it connects. */
  client: Client;
  createKeep(userId: () => string): OutboxKeep;
  /** Whether Telegram's proof is old enough for a refusal to mean "too old". */
  isProofOld(): boolean;
  onSent(wasWaiting: boolean): void;
  onFailed(): void;
};

const PAGE_SIZE = 50;
const SIGN_IN_RETRY_MS = 3_000;
/** How long the first page waits for the log to be followed, so that nothing falls between the two. */
const FOLLOW_PATIENCE_MS = 1_000;

/** A customer's conversation, kept current for as long as the page is open. */
export class CustomerChat {
  readonly outbox: CustomerOutbox;
  readonly typingNotice: TypingNotice;
  /** Object URLs of photos that this page sent, by photo id: what is in memory is not fetched again. */
  readonly previews = new Map<string, string>();
  readonly #ports: CustomerChatPorts;
  readonly #listeners = new Set<() => void>();
  readonly #client: Client["api"];
  #stops: (() => void)[] = [];
  #hasFollowed = false;
  #isStopped = false;
  #isLoading = false;
  /** What was heard while a page was under way. */
  #heard: CustomerEvent[] = [];
  #markedId = 0;
  #snapshot: ChatSnapshot = {
    userId: null,
    thread: null,
    failure: null,
    refusal: null,
    older: "idle",
    connection: "connecting",
    connectionSince: 0,
    typing: null,
    workspace: null,
  };

  constructor(ports: CustomerChatPorts) {
    this.#ports = ports;
    this.#client = ports.client.api;
    this.typingNotice = new TypingNotice((typing) => {
      this.#client.support.setTyping.mutate({ typing }).catch(() => {});
    });
    this.outbox = new CustomerOutbox({
      upload: (file, name, onProgress) =>
        this.#withSession(() => uploadPhoto({ file, name }, ports.session.token(), onProgress)),
      send: async (message) => (await this.#withSession(() => this.#client.support.send.mutate(message))).message,
      onUploaded: (photoId, previewUrl) => this.previews.set(photoId, previewUrl),
      toFailure: failureOf,
      onSent: (message, wasWaiting) => {
        this.#apply((thread) => withMessage(thread, message));
        ports.onSent(wasWaiting);
      },
      onFailed: ports.onFailed,
      // Nothing is written before he has signed in, so it is known whose it is.
      keep: ports.createKeep(() => ports.session.user?.id ?? ""),
      previewOf: (file) => URL.createObjectURL(file),
      online: ports.client.connection,
    });
  }

  readonly snapshot = (): ChatSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Signs in and follows the conversation until the returned function is called. */
  start(): () => void {
    const { client } = this.#ports;
    const stopPhase = showPhase(client.connection, ({ phase, since }) =>
      this.#set({ connection: phase, connectionSince: since }),
    );
    void this.#signIn();
    return () => {
      this.#isStopped = true;
      stopPhase();
      this.outbox.stop();
      this.#disconnect();
      client.close();
    };
  }

  /** After a failure or a refusal. */
  readonly tryAgain = (): void => {
    this.#set({ failure: null, refusal: null });
    if (this.#ports.session.isStale) void this.#signIn();
    else void this.#load();
  };

  readonly loadOlder = async (): Promise<void> => {
    const { thread, older } = this.#snapshot;
    const beforeId = thread?.messages[0]?.id;
    if (!thread?.hasMore || beforeId === undefined || older === "loading") return;
    this.#set({ older: "loading" });
    try {
      const page = await this.#withSession(() => this.#client.support.history.query({ limit: PAGE_SIZE, beforeId }));
      const current = this.#snapshot.thread;
      this.#set({ thread: current && withOlder(current, page), older: "idle" });
    } catch {
      this.#set({ older: "failed" });
    }
  };

  /** The customer sees the end of the conversation. */
  readonly markSeen = (): void => {
    const { thread } = this.#snapshot;
    const messageId = thread ? newestIncomingId(thread) : 0;
    if (messageId <= this.#markedId) return;
    const before = this.#markedId;
    this.#markedId = messageId;
    this.#withSession(() => this.#client.support.markRead.mutate({ messageId })).catch(() => {
      this.#markedId = Math.min(this.#markedId, before);
    });
  };

  async #signIn(): Promise<void> {
    try {
      await this.#ports.session.renew();
    } catch (error) {
      const failure = toFailure(error);
      if (failure.kind === "signedOut" || failure.kind === "forbidden" || failure.kind === "invalid") {
        this.#disconnect();
        return this.#set({ refusal: this.#ports.isProofOld() ? "expired" : "refused" });
      }
      if (!this.#snapshot.thread) this.#set({ failure });
      setTimeout(() => !this.#isStopped && void this.#signIn(), SIGN_IN_RETRY_MS);
      return;
    }
    if (this.#isStopped) return;
    this.#set({ userId: this.#ports.session.user?.id ?? null, failure: null, refusal: null });
    this.#connect();
    this.outbox.restore().catch(() => {});
  }

  /** A socket proves who it is when it opens, so a new session needs a new one. */
  #connect(): void {
    this.#disconnect();
    if (this.#hasFollowed) this.#ports.client.connection.reconnect();
    this.#hasFollowed = true;
    const client = this.#client;
    const fallback = setTimeout(() => void this.#load(), FOLLOW_PATIENCE_MS);
    const stopLog = followPersistently<CustomerEvent, CustomerHistory>(
      (input, handlers) => client.support.onMessage.subscribe(input, handlers),
      {
        onEvent: (event) => this.#hear(event),
        onPosition: (page) => {
          clearTimeout(fallback);
          if (page) this.#lay(page);
          else void this.#load();
        },
        onRefused: () => void this.#signIn(),
      },
    );
    const typing = client.support.onTyping.subscribe(
      {},
      { onData: (event) => this.#hearTyping(event.typing ? event.name : null), onError: () => {} },
    );
    this.#stops = [() => clearTimeout(fallback), stopLog, () => typing.unsubscribe()];
    client.auth.me.query().then(
      ({ workspace }) => this.#set({ workspace }),
      () => {},
    );
  }

  #disconnect(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  #hear(event: CustomerEvent): void {
    if (this.#isLoading) this.#heard.push(event);
    this.#apply((thread) => withEvent(thread, event));
    if (event.type === "messageSent") {
      this.outbox.confirm(event.message);
      if (event.message.kind === "agent") this.#hearTyping(null);
    }
  }

  #typingTimer: ReturnType<typeof setTimeout> | undefined;

  #hearTyping(name: string | null): void {
    clearTimeout(this.#typingTimer);
    if (name !== null) this.#typingTimer = setTimeout(() => this.#hearTyping(null), TYPING_SILENCE_MS);
    if (name !== this.#snapshot.typing) this.#set({ typing: name });
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#heard = [];
    try {
      this.#lay(await this.#withSession(() => this.#client.support.history.query({ limit: PAGE_SIZE })));
    } catch (error) {
      if (!this.#snapshot.thread) this.#set({ failure: toFailure(error) });
    } finally {
      this.#isLoading = false;
    }
  }

  #lay(page: CustomerHistory): void {
    const thread = this.#heard.reduce(withEvent, withNewest(this.#snapshot.thread, page));
    for (const message of page.messages) this.outbox.confirm(message);
    this.#set({ thread, failure: null });
  }

  /** A call with a living session: signs in before it when the old one is over, and once more when the server says so. */
  async #withSession<T>(call: () => Promise<T>): Promise<T> {
    const { session } = this.#ports;
    if (session.isStale) await session.renew();
    try {
      return await call();
    } catch (error) {
      if (failureOf(error).kind !== "signedOut") throw error;
      await this.#signIn();
      return call();
    }
  }

  #apply(change: (thread: CustomerThread) => CustomerThread): void {
    const { thread } = this.#snapshot;
    if (thread) this.#set({ thread: change(thread) });
  }

  #set(change: Partial<ChatSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

const TYPING_SILENCE_MS = 6_000;

function failureOf(error: unknown): Failure {
  return error instanceof UploadError ? error.failure : toFailure(error);
}

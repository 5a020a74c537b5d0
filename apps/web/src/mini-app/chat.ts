import type { Client } from "@pult/api/client.ts";
import type { CustomerEvent, CustomerHistory, Message } from "@pult/api/support/schema.ts";
import { createStore } from "zustand/vanilla";
import { PhotoQueue, type PhotoQueueStorage } from "../features/thread/photo-queue.ts";
import { SendError } from "../features/thread/send-queue.ts";
import { layNewest, type Run, ThreadStore, withMessage } from "../features/thread/thread-store.ts";
import { TypingNotice } from "../features/thread/typing-notice.ts";
import { type Failure, sendFailure, toFailure } from "../trpc/failure.ts";
import { followPersistently } from "../trpc/follow.ts";
import { type ConnectionPhase, showPhase } from "../trpc/phase.ts";
import { lazyModule } from "../ui/lazy.tsx";
import type { TelegramSession } from "./telegram/session.ts";

export type CustomerThread = Run<Message> & {
  /** Newest message that an agent has read. */
  agentReadId: number;
  /** Newest message that the customer has read. */
  customerReadId: number;
};

/** Lays the newest page over the thread; where a gap would be between them, only the newest page stays. */
export function withNewest(thread: CustomerThread | null, page: CustomerHistory): CustomerThread {
  const { agentReadId, customerReadId } = page;
  return {
    ...layNewest(thread, page),
    agentReadId: Math.max(thread?.agentReadId ?? 0, agentReadId),
    customerReadId: Math.max(thread?.customerReadId ?? 0, customerReadId),
  };
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

/** How many answers the customer has not read. */
export const countUnread = ({ messages, customerReadId }: CustomerThread): number =>
  messages.filter(({ kind, id }) => kind === "agent" && id > customerReadId).length;

/** Runs while the customer is signed in. @returns the way to stop */
type Follower = (client: Client["api"]) => () => void;

export type ChatSnapshot = {
  /** Whose conversation it is; null until the customer has signed in. */
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
  openStorage(userId: () => string | null): PhotoQueueStorage;
  /** Whom Telegram names, before the server has signed them in; null where only the server knows. */
  userId: string | null;
  /** Whether Telegram's proof is old enough for a refusal to mean "too old". */
  isProofOld(): boolean;
  onSent(wasWaiting: boolean): void;
  onFailed(): void;
};

// Fetched with the first photo that is sent.
const upload = lazyModule(() => import("../features/thread/upload.ts"));

const SIGN_IN_RETRY_MS = 3_000;
const FOLLOW_TIMEOUT_MS = 1_000;
const TYPING_SILENCE_MS = 6_000;

/** A customer's conversation, kept current for as long as the page is open. */
export class CustomerChat {
  readonly state = createStore<ChatSnapshot>(() => ({
    userId: null,
    thread: null,
    failure: null,
    refusal: null,
    older: "idle",
    connection: "connecting",
    connectionSince: 0,
    typing: null,
    workspace: null,
  }));
  readonly sendQueue: PhotoQueue<Message>;
  readonly typingNotice: TypingNotice;
  /** Object URLs of photos that this page sent, by photo id: photos in memory are not fetched again. */
  readonly previews = new Map<string, string>();
  readonly #ports: CustomerChatPorts;
  readonly #client: Client["api"];
  readonly #thread: ThreadStore<Message, CustomerHistory, CustomerEvent, CustomerThread>;
  #stops: (() => void)[] = [];
  readonly #followers = new Map<Follower, () => void>();
  #hasFollowed = false;
  #isStopped = false;
  #markedId = 0;

  constructor(ports: CustomerChatPorts) {
    this.#ports = ports;
    this.#client = ports.client.api;
    this.typingNotice = new TypingNotice((typing) => {
      this.#client.support.setTyping.mutate({ typing }).catch(() => {});
    });
    this.#thread = this.#createThread();
    this.sendQueue = this.#createSendQueue();
  }

  #createThread() {
    const { support } = this.#client;
    const store = new ThreadStore<Message, CustomerHistory, CustomerEvent, CustomerThread>(
      {
        page: (beforeId, limit) => this.withSession(() => support.history.query({ limit, beforeId })),
        follow: (handlers) =>
          followPersistently<CustomerEvent, CustomerHistory>(
            (input, listeners) => support.onMessage.subscribe(input, listeners),
            handlers,
          ),
      },
      {
        lay: withNewest,
        apply: withEvent,
        onEvent: (event) => this.#hear(event),
        onPage: (messages) => {
          for (const message of messages) this.sendQueue.confirm(message);
        },
        onRefused: () => void this.#signIn(),
        // The customer's own newest messages matter; earlier ones are read again when scrolled to.
        maxGapPages: 0,
        followTimeoutMs: FOLLOW_TIMEOUT_MS,
      },
    );
    store.state.subscribe(({ thread, failure, older }) => this.state.setState({ thread, failure, older }));
    return store;
  }

  #createSendQueue() {
    const { session, openStorage, userId, ...ports } = this.#ports;
    return new PhotoQueue<Message>({
      upload: async (file, name, onProgress) => {
        const { uploadPhoto } = await upload.load();
        return this.withSession(() => uploadPhoto(file, { name, token: session.token(), onProgress }));
      },
      send: async (message) => (await this.withSession(() => this.#client.support.send.mutate(message))).message,
      onUploaded: (photoId, previewUrl) => this.previews.set(photoId, previewUrl),
      toFailure: (error) => sendFailure(failureOf(error)),
      onSent: (message, wasWaiting) => {
        this.#thread.applyStored(message);
        ports.onSent(wasWaiting);
      },
      onFailed: ports.onFailed,
      // What is written before the sign-in is done is kept, too.
      storage: openStorage(() => userId ?? session.user?.id ?? null),
      previewOf: (file) => URL.createObjectURL(file),
      online: ports.client.connection,
    });
  }

  /** Whether there is a connection, for what waits until there is. */
  get online(): Client["connection"] {
    return this.#ports.client.connection;
  }

  /** Signs in and follows the conversation until the returned function is called. */
  start(): () => void {
    const { client } = this.#ports;
    const stopPhase = showPhase(client.connection, ({ phase, since }) =>
      this.state.setState({ connection: phase, connectionSince: since }),
    );
    void this.#signIn();
    return () => {
      this.#isStopped = true;
      stopPhase();
      this.sendQueue.stop();
      this.#disconnect();
      client.close();
    };
  }

  /** After a failure or a refusal. */
  readonly tryAgain = (): void => {
    this.state.setState({ refusal: null });
    this.#thread.state.setState({ failure: null });
    if (this.#ports.session.isStale) void this.#signIn();
    else this.#thread.reload();
  };

  readonly loadOlder = (): Promise<void> => this.#thread.loadOlder();

  /** The customer sees the end of the conversation. */
  readonly markSeen = (): void => {
    const { thread } = this.state.getState();
    const messageId = thread ? newestIncomingId(thread) : 0;
    if (messageId <= this.#markedId) return;
    const before = this.#markedId;
    this.#markedId = messageId;
    this.#thread.state.setState({ thread: thread && { ...thread, customerReadId: messageId } });
    this.withSession(() => this.#client.support.markRead.mutate({ messageId })).catch(() => {
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
        return this.state.setState({ refusal: this.#ports.isProofOld() ? "expired" : "refused" });
      }
      if (!this.state.getState().thread) this.#thread.state.setState({ failure });
      setTimeout(() => !this.#isStopped && void this.#signIn(), SIGN_IN_RETRY_MS);
      return;
    }
    if (this.#isStopped) return;
    this.state.setState({ userId: this.#ports.session.user?.id ?? null, refusal: null });
    this.#thread.state.setState({ failure: null });
    this.#connect();
    this.sendQueue.restore().catch(() => {});
  }

  /** A socket proves who it is when it opens, so a new session needs a new one. */
  #connect(): void {
    this.#disconnect();
    if (this.#hasFollowed) this.#ports.client.connection.reconnect();
    this.#hasFollowed = true;
    const client = this.#client;
    const stopLog = this.#thread.follow();
    const typing = client.support.onTyping.subscribe(
      {},
      { onData: (event) => this.#hearTyping(event.typing ? event.name : null), onError: () => {} },
    );
    this.#stops = [stopLog, () => typing.unsubscribe()];
    for (const follower of this.#followers.keys()) this.#followers.set(follower, follower(client));
    client.auth.me.query().then(
      ({ workspace }) => this.state.setState({ workspace }),
      () => {},
    );
  }

  #disconnect(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    for (const stop of this.#followers.values()) stop();
  }

  /** Follows something else on the same connection, anew after each sign-in. @returns the way to stop */
  follow(follower: Follower): () => void {
    this.#followers.set(follower, this.#stops.length > 0 ? follower(this.#client) : () => {});
    return () => {
      this.#followers.get(follower)?.();
      this.#followers.delete(follower);
    };
  }

  #hear(event: CustomerEvent): void {
    if (event.type !== "messageSent") return;
    this.sendQueue.confirm(event.message);
    if (event.message.kind === "agent") this.#hearTyping(null);
  }

  #typingTimer: ReturnType<typeof setTimeout> | undefined;

  #hearTyping(name: string | null): void {
    clearTimeout(this.#typingTimer);
    if (name !== null) this.#typingTimer = setTimeout(() => this.#hearTyping(null), TYPING_SILENCE_MS);
    if (name !== this.state.getState().typing) this.state.setState({ typing: name });
  }

  /** A call with a living session: signs in before it when the old one is over, and once more when the server says so. */
  async withSession<T>(call: (client: Client["api"]) => Promise<T>): Promise<T> {
    const { session } = this.#ports;
    if (session.isStale) await session.renew();
    try {
      return await call(this.#client);
    } catch (error) {
      if (failureOf(error).kind !== "signedOut") throw error;
      await this.#signIn();
      return call(this.#client);
    }
  }
}

function failureOf(error: unknown): Failure {
  return error instanceof SendError ? error.failure : toFailure(error);
}

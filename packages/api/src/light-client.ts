import type { Client, ClientOptions } from "./client.ts";
import { endsForNow, type SubscriptionWatch, watchConnection } from "./connection/connection.ts";
import { ReconnectingSocket } from "./connection/reconnecting-socket.ts";

/** What tRPC says of an error; `data` is what the server's error formatter adds. */
interface ErrorShape {
  message: string;
  data?: { code?: string };
}

/** A call that failed. Named as tRPC's own, so that one check tells the failures of either client. */
class CallError extends Error {
  override readonly name = "TRPCClientError";
  /** Left out when no answer came. */
  readonly data: ErrorShape["data"];

  constructor({ message, data }: ErrorShape) {
    super(message);
    this.data = data;
  }
}

type Answer = { result: { data?: unknown } } | { error: ErrorShape };

/** @throws Error at what is no answer of the API, such as that of a proxy before it */
function readAnswer(answer: Answer): Answer {
  if ("result" in answer || typeof answer.error.message === "string") return answer;
  throw new Error("Not an answer of the API");
}

type State = { type: "state"; state: "connecting" | "pending" };

interface Handlers {
  onStarted?(): void;
  onData?(value: unknown): void;
  onError?(error: Error): void;
  onComplete?(): void;
  onConnectionStateChange?(state: State): void;
}

interface Subscription {
  path: string;
  input: unknown;
  /** Of the last tracked event: asked for again, it continues from there. */
  lastEventId?: string;
  handlers: Handlers;
  watch: SubscriptionWatch;
}

/** A message of tRPC's WebSocket protocol, as far as subscriptions go. */
type Incoming =
  | { id: null; method: "reconnect" }
  | { id: number | null; error: ErrorShape }
  | { id: number; result: { type: "started" | "stopped" } | { id?: string; data: unknown } };

const IDLE_MS = 10_000;

/** Subscriptions over one socket, which is opened for the first of them and made anew for as long as there is one. */
class SubscriptionSocket {
  readonly #line: ReconnectingSocket;
  readonly #url: string;
  readonly #token: (() => string | null) | null;
  readonly #subscriptions = new Map<number, Subscription>();
  #lastId = 0;
  #socket: WebSocket | null = null;
  #isOpening = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(line: ReconnectingSocket, url: string, token: (() => string | null) | null) {
    this.#line = line;
    this.#url = token ? `${url}?connectionParams=1` : url;
    this.#token = token;
  }

  /** @returns the way to stop */
  add(subscription: Subscription): () => void {
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    this.#subscriptions.set(id, subscription);
    this.#showState(subscription);
    if (this.#socket) this.#ask(id, subscription);
    else void this.#open();
    return () => {
      if (!this.#end(id)) return;
      subscription.watch.ended();
      if (this.#socket) this.#send({ id, method: "subscription.stop" });
    };
  }

  close(): void {
    clearTimeout(this.#idle);
    for (const { watch } of this.#subscriptions.values()) watch.ended();
    this.#subscriptions.clear();
    this.#socket?.close();
  }

  #end(id: number): boolean {
    const isKnown = this.#subscriptions.delete(id);
    if (this.#subscriptions.size === 0) {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.#socket?.close(), IDLE_MS);
    }
    return isKnown;
  }

  /** Tries until one opens. The former serves until then. */
  async #open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      let socket: WebSocket | null = null;
      while (!socket && this.#subscriptions.size > 0) {
        await this.#line.pass();
        socket = await opened(new this.#line.WebSocket(this.#url));
      }
      if (socket) this.#use(socket);
    } catch {
      // Closed for good.
    } finally {
      this.#isOpening = false;
    }
  }

  #use(socket: WebSocket): void {
    const former = this.#socket;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(socket, data));
    socket.addEventListener("close", () => this.#lose(socket));
    if (this.#token) this.#send({ method: "connectionParams", data: { token: this.#token() ?? "" } });
    for (const [id, subscription] of this.#subscriptions) {
      this.#showState(subscription);
      this.#ask(id, subscription);
    }
    former?.close();
  }

  #lose(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    for (const subscription of this.#subscriptions.values()) this.#showState(subscription);
    void this.#open();
  }

  #showState({ watch, handlers }: Subscription): void {
    watch.reopened();
    handlers.onConnectionStateChange?.({ type: "state", state: this.#socket ? "pending" : "connecting" });
  }

  #ask(id: number, { path, input, lastEventId }: Subscription): void {
    this.#send({ id, method: "subscription", params: { path, input, lastEventId } });
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #hear(socket: WebSocket, data: string): void {
    if (socket !== this.#socket || data === "PONG") return;
    if (data === "PING") socket.send("PONG");
    else this.#receive(JSON.parse(data));
  }

  #receive(message: Incoming): void {
    if ("method" in message) return void this.#open();
    const subscription = message.id === null ? undefined : this.#subscriptions.get(message.id);
    if (!subscription || message.id === null) return;
    const { watch, handlers } = subscription;
    if ("error" in message) {
      this.#end(message.id);
      if (endsForNow(message.error.data?.code)) watch.broke();
      else watch.ended();
      handlers.onError?.(new CallError(message.error));
    } else if ("data" in message.result) {
      const { id, data } = message.result;
      if (id !== undefined) subscription.lastEventId = id;
      watch.heard(data);
      handlers.onData?.(data);
    } else if (message.result.type === "started") {
      watch.started();
      handlers.onStarted?.();
    } else {
      this.#end(message.id);
      watch.ended();
      handlers.onComplete?.();
    }
  }
}

/** Resolves to the socket once it is open, to null when it does not come about. */
function opened(socket: WebSocket): Promise<WebSocket | null> {
  return new Promise((resolve) => {
    socket.addEventListener("open", () => resolve(socket));
    for (const type of ["error", "close"]) socket.addEventListener(type, () => resolve(null));
  });
}

type LightClientOptions = Pick<ClientOptions, "url" | "token" | "retryCapMs" | "WebSocket">;

/**
 * What `createClient` makes, with a third of the code: for pages that must start fast. One request per call and nothing batched,
 * subscriptions that call back and do not iterate, and no re-authentication.
 */
export function createLightClient({ url, token, ...options }: LightClientOptions): Client {
  const currentToken = () => (typeof token === "function" ? token() : (token ?? null));
  const line = new ReconnectingSocket(options);
  const connection = watchConnection(line);
  const socket = new SubscriptionSocket(
    line,
    `${url.replace(/^http/, "ws")}/trpc`,
    token === undefined ? null : currentToken,
  );

  async function call(path: string, kind: "query" | "mutate", input: unknown, signal?: AbortSignal): Promise<unknown> {
    const text = JSON.stringify(input);
    const current = currentToken();
    const query = kind === "query" && text !== undefined ? `?input=${encodeURIComponent(text)}` : "";
    const answer = await fetch(`${url}/trpc/${path}${query}`, {
      method: kind === "query" ? "GET" : "POST",
      headers: {
        ...(kind === "mutate" ? { "content-type": "application/json" } : {}),
        ...(current ? { authorization: `Bearer ${current}` } : {}),
      },
      ...(kind === "mutate" && text !== undefined ? { body: text } : {}),
      ...(signal ? { signal } : {}),
    })
      .then(async (response) => {
        if (response.ok) line.reached();
        return readAnswer((await response.json()) as Answer);
      })
      .catch((error: Error) => {
        throw new CallError({ message: error.message });
      });
    if ("error" in answer) throw new CallError(answer.error);
    return answer.result.data;
  }

  const subscribe = (path: string, input: unknown, handlers: Handlers) => ({
    unsubscribe: socket.add({ path, input, handlers, watch: connection.watchSubscription() }),
  });

  /** `api.support.send.mutate(…)`: what is read is the path, what is called the kind of call. */
  const at = (path: string[]): object =>
    new Proxy(() => {}, {
      // Nothing to wait for.
      get: (_, key) => (key === "then" ? undefined : at([...path, String(key)])),
      apply(_, __, [input, options]) {
        const kind = path.at(-1);
        const name = path.slice(0, -1).join(".");
        if (kind === "subscribe") return subscribe(name, input, options);
        if (kind === "query" || kind === "mutate") return call(name, kind, input, options?.signal);
        throw new TypeError(`${path.join(".")} is not a call`);
      },
    });
  return {
    api: at([]) as Client["api"],
    connection,
    close() {
      line.close();
      socket.close();
    },
  };
}

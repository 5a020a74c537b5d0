import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  splitLink,
  type TRPCClient,
  type TRPCLink,
  wsLink,
} from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { type Connection, endsForNow, type WatchedConnection, watchConnection } from "./connection/connection.ts";
import { ReconnectingSocket } from "./connection/reconnecting-socket.ts";
import type { AppRouter } from "./root.ts";

/** Resolves to whether the user has re-authenticated. */
export type Confirm = () => Promise<boolean>;

export interface ClientOptions {
  /** Origin of the server, such as `https://desk.example.com`. */
  url: string;
  /** Session token, API key or customer JWT. Left out in a browser that holds the session cookie. */
  token?: string | (() => string | null);
  /** Called when a call needs re-authentication (`CONFIRMATION_REQUIRED`); after `true` the call is repeated. */
  confirm?: Confirm;
  /** Longest wait between two attempts to connect. Default 30 s. */
  retryCapMs?: number;
  /** When a silent connection is asked for a sign of life, and how long the answer may take. Default 12 s and 8 s. */
  silence?: { idleMs: number; answerMs: number };
  /** Where the runtime has none of its own. */
  WebSocket?: typeof WebSocket;
}

export interface Client {
  api: TRPCClient<AppRouter>;
  connection: Connection;
  close(): void;
}

/** Passes everything on, and lets the connection see where each subscription stands. */
function watchedLink(connection: WatchedConnection): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const watch = connection.watchSubscription();
        let isBroken = false;
        const subscription = next(op).subscribe({
          next(envelope) {
            const { result } = envelope;
            if (result.type === "state") watch.reopened();
            else if (result.type === "started") watch.started();
            else if (result.type === "data" || result.type === undefined) watch.heard(result.data);
            observer.next(envelope);
          },
          error(error) {
            isBroken = endsForNow(error.data?.code);
            if (isBroken) watch.broke();
            else watch.ended();
            observer.error(error);
          },
          complete() {
            watch.ended();
            observer.complete();
          },
        });
        return () => {
          if (!isBroken) watch.ended();
          subscription.unsubscribe();
        };
      });
}

/** Where a call needs re-authentication, asks for it and repeats the call once it succeeded. */
export function confirmingLink(confirm: Confirm): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let call: Unsubscribable | null = null;
        let isGone = false;
        const send = (isRepeated: boolean) => {
          call = next(op).subscribe({
            next: (envelope) => observer.next(envelope),
            complete: () => observer.complete(),
            error(error) {
              if (isRepeated || error.data?.reason !== "CONFIRMATION_REQUIRED") return observer.error(error);
              const refuse = () => observer.error(error);
              confirm().then((has) => {
                if (isGone) return;
                if (has) send(true);
                else refuse();
              }, refuse);
            },
          });
        };
        send(false);
        return () => {
          isGone = true;
          call?.unsubscribe();
        };
      });
}

/** The typed client of every TypeScript program: queries and mutations over HTTP, subscriptions over one WebSocket that looks after itself. */
export function createClient({ url, token, confirm, ...options }: ClientOptions): Client {
  const currentToken = () => (typeof token === "function" ? token() : (token ?? null));
  const line = new ReconnectingSocket(options);
  const connection = watchConnection(line);
  const socket = createWSClient({
    url: async () => {
      await line.pass();
      return `${url.replace(/^http/, "ws")}/trpc`;
    },
    connectionParams: token === undefined ? null : () => ({ token: currentToken() ?? "" }),
    WebSocket: line.WebSocket,
    // The line waits and keeps alive: what it waits for can then be cut short.
    retryDelayMs: () => 0,
    lazy: { enabled: true, closeMs: 10_000 },
  });
  const http = httpBatchLink({
    url: `${url}/trpc`,
    maxItems: 50,
    maxURLLength: 4_096,
    async fetch(input, init) {
      const response = await fetch(input, init as RequestInit);
      if (response.ok) line.reached();
      return response;
    },
    headers() {
      const current = currentToken();
      return current ? { authorization: `Bearer ${current}` } : {};
    },
  });
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: [watchedLink(connection), wsLink({ client: socket })],
        false: confirm ? [confirmingLink(confirm), http] : http,
      }),
    ],
  });
  return {
    api,
    connection,
    close() {
      line.close();
      void socket.close();
    },
  };
}

import { createTRPCClient, createWSClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from "@trpc/client";
import type { AppRouter } from "./root.ts";

export interface ClientOptions {
  /** Origin of the server, such as `https://desk.example.com`. */
  url: string;
  /** Session token, API key or customer JWT. Left out in a browser that holds the session cookie. */
  token?: string | (() => string | null);
  onConnection?: (state: "connecting" | "open" | "closed") => void;
}

export interface Client {
  api: TRPCClient<AppRouter>;
  close(): void;
}

/** Waits between two attempts to connect: doubling from 0.5 s to 30 s, each between half and the whole of it, so that clients spread. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  if (attempt === 0) return 0;
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt - 1, 10));
  return ceiling / 2 + (ceiling / 2) * random();
}

/** The typed client of every TypeScript program: queries and mutations over HTTP, subscriptions over one WebSocket. */
export function createClient(options: ClientOptions): Client {
  const { url, token, onConnection } = options;
  const currentToken = () => (typeof token === "function" ? token() : (token ?? null));
  const socket = createWSClient({
    url: `${url.replace(/^http/, "ws")}/trpc`,
    connectionParams: token === undefined ? null : () => ({ token: currentToken() ?? "" }),
    retryDelayMs,
    lazy: { enabled: true, closeMs: 10_000 },
    keepAlive: { enabled: true, intervalMs: 25_000, pongTimeoutMs: 8_000 },
    onOpen: () => onConnection?.("open"),
    onClose: () => onConnection?.("closed"),
  });
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: wsLink({ client: socket }),
        false: httpBatchLink({
          url: `${url}/trpc`,
          maxItems: 50,
          headers() {
            const current = currentToken();
            return current ? { authorization: `Bearer ${current}` } : {};
          },
        }),
      }),
    ],
  });
  return { api, close: () => void socket.close() };
}

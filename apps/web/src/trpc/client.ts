import type { AppRouter } from "@pult/api/root.ts";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from "@trpc/client";

export type WebClient = TRPCClient<AppRouter>;

export type WebClientOptions = {
  /** Bearer token of the Mini App; the dashboard leaves it out and goes by its cookie. */
  getToken?: () => string | null;
  onSocket?: (isOpen: boolean) => void;
};

const SERVER_URL = "/trpc";
const RETRY_CAP_MS = 8_000;

/** 0.5 to 1 of the doubled delay, so that a thousand browsers do not come back in the same second. */
function retryDelayMs(attempt: number): number {
  if (attempt === 0) return Math.random() * 300;
  return Math.min(500 * 2 ** attempt, RETRY_CAP_MS) * (0.5 + Math.random() / 2);
}

function socketUrl(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${SERVER_URL}`;
}

/** Calls go over HTTP in batches, subscriptions over one WebSocket that opens with the first of them. */
export function createWebClient({ getToken, onSocket }: WebClientOptions = {}): WebClient {
  const http = httpBatchLink({
    url: SERVER_URL,
    maxURLLength: 4096,
    headers: () => {
      const token = getToken?.();
      return token ? { authorization: `Bearer ${token}` } : {};
    },
  });
  // No socket on the server, where pages are rendered without data.
  if (typeof window === "undefined") return createTRPCClient<AppRouter>({ links: [http] });
  const ws = createWSClient({
    url: socketUrl,
    connectionParams: getToken ? () => ({ token: getToken() ?? "" }) : null,
    lazy: { enabled: true, closeMs: 10_000 },
    // Finds a dead connection within 20 s, also after a laptop's sleep; phones get more than the default second to answer.
    keepAlive: { enabled: true, intervalMs: 12_000, pongTimeoutMs: 8_000 },
    retryDelayMs,
    onOpen: () => onSocket?.(true),
    onClose: () => onSocket?.(false),
  });
  return createTRPCClient<AppRouter>({
    links: [splitLink({ condition: (op) => op.type === "subscription", true: wsLink({ client: ws }), false: http })],
  });
}

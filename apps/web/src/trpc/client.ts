import { type Client, type ClientOptions, createClient } from "@pult/api/client.ts";
import type { AppRouter } from "@pult/api/root.ts";
import type { TRPCClient } from "@trpc/client";

export type WebClient = TRPCClient<AppRouter>;

/** A person waits: shorter than the default of 30 s. */
const RETRY_CAP_MS = 8_000;

/** The client of every program, at the server that the page came from. It opens no socket before something is followed. */
export function createWebClient(options: Pick<ClientOptions, "token" | "confirm"> = {}): Client {
  // Pages are rendered on the server without data, so there nothing is ever asked.
  const url = typeof window === "undefined" ? "" : location.origin;
  return createClient({ url, retryCapMs: RETRY_CAP_MS, ...options });
}

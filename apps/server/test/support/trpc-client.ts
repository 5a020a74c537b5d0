import type { AppRouter } from "@pult/api/root.ts";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from "@trpc/client";
import { call } from "./calls.ts";
import type { Installation } from "./installation.ts";

export interface ApiClient {
  api: TRPCClient<AppRouter>;
  close(): Promise<void>;
}

/** The stock client: calls over HTTP in batches, subscriptions over one WebSocket. */
export function connectApi(
  origin: string,
  token: string | null,
  { socketOrigin = origin, all = "http" }: { socketOrigin?: string; all?: "http" | "ws" } = {},
): ApiClient {
  const socket = createWSClient({
    url: `${socketOrigin.replace(/^http/, "ws")}/trpc`,
    ...(token === null ? {} : { connectionParams: { token } }),
    lazy: { enabled: true, closeMs: 60_000 },
    retryDelayMs: () => 50,
  });
  const overSocket = wsLink<AppRouter>({ client: socket });
  const api = createTRPCClient<AppRouter>({
    links: [
      all === "ws"
        ? overSocket
        : splitLink({
            condition: ({ type }) => type === "subscription",
            true: overSocket,
            false: httpBatchLink({
              url: `${origin}/trpc`,
              headers: token === null ? {} : { authorization: `Bearer ${token}` },
            }),
          }),
    ],
  });
  return { api, close: () => socket.close() };
}

/** Signs the demo agent in as a browser would. @returns his session token, which a browser would hold as a cookie */
export async function signInDemoAgent({ server, demoAgent }: Installation): Promise<string> {
  const { email, password } = demoAgent();
  const answer = await call(server.origin, "/trpc/auth.signIn", {
    json: { email, password },
    headers: { origin: server.origin },
  });
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith("pult_session="));
  const token = /^pult_session=([^;]+)/.exec(cookie ?? "")?.[1];
  if (answer.status !== 200 || !token) throw new Error(`No session: ${answer.status} ${answer.text}`);
  return token;
}

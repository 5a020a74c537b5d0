import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppRouter } from "@pult/api/root.ts";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from "@trpc/client";
import type { ServerUnderTest } from "../server-under-test.ts";
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

/** Signs the demo agent in as a browser would. @returns their session token, which a browser would hold as a cookie */
export function signInDemoAgent({ server }: Installation): Promise<string> {
  return signInAt(server);
}

/** The same at any server whose `DATA_DIR` has the demo's agents. */
export async function signInAt(
  { origin, dataDir }: Pick<ServerUnderTest, "origin" | "dataDir">,
  which: "first" | "second" = "first",
): Promise<string> {
  const agents = JSON.parse(readFileSync(join(dataDir, "demo.json"), "utf8")) as { email: string; password: string }[];
  const { email, password } = agents[which === "first" ? 0 : 1] ?? { email: "", password: "" };
  const answer = await call(origin, "/trpc/auth.signIn", { json: { email, password }, headers: { origin } });
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith("pult_session="));
  const token = /^pult_session=([^;]+)/.exec(cookie ?? "")?.[1];
  if (answer.status !== 200 || !token) throw new Error(`No session: ${answer.status} ${answer.text}`);
  return token;
}

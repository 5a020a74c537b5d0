import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppRouter } from "@pult/api/root.ts";
import { signInitData } from "@pult/api/testing/sign-init-data.ts";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from "@trpc/client";
import type { ServerUnderTest } from "../server-under-test.ts";
import { call, type Peer } from "./calls.ts";
import { ADMIN_KEY, type Installation } from "./installation.ts";

export interface ApiClient {
  api: TRPCClient<AppRouter>;
  close(): Promise<void>;
}

const overHttp = ({ origin }: Peer, token: string | null) =>
  httpBatchLink<AppRouter>({
    url: `${origin}/trpc`,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });

/** The stock client for calls, over HTTP in batches. It holds nothing open. */
export const callApi = (server: Peer, token: string | null = ADMIN_KEY): TRPCClient<AppRouter> =>
  createTRPCClient({ links: [overHttp(server, token)] });

/** The stock client: calls over HTTP, subscriptions over one WebSocket. @param sockets where that leads, when not to the server itself */
export function connectApi(server: Peer, token: string, sockets = server): ApiClient {
  const client = createWSClient({
    url: `${sockets.origin.replace(/^http/, "ws")}/trpc`,
    connectionParams: { token },
    lazy: { enabled: true, closeMs: 60_000 },
    retryDelayMs: () => 50,
  });
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: wsLink({ client }),
        false: overHttp(server, token),
      }),
    ],
  });
  return { api, close: () => client.close() };
}

/** E-mail and password of one of the demo's agents. */
export function demoAgentOf({ dataDir }: Pick<ServerUnderTest, "dataDir">, which: "first" | "second" = "first") {
  const agents = JSON.parse(readFileSync(join(dataDir, "demo.json"), "utf8")) as { email: string; password: string }[];
  return agents[which === "first" ? 0 : 1] ?? { email: "", password: "" };
}

/** Signs a demo agent in as a browser would. @returns their session token, which a browser would hold as a cookie */
export async function signInAt(
  server: Pick<ServerUnderTest, "origin" | "dataDir">,
  which: "first" | "second" = "first",
): Promise<string> {
  const { origin } = server;
  const answer = await call(server, "/trpc/auth.signIn", { json: demoAgentOf(server, which), headers: { origin } });
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith("pult_session="));
  const token = /^pult_session=([^;]+)/.exec(cookie ?? "")?.[1];
  if (answer.status !== 200 || !token) throw new Error(`No session: ${answer.status} ${answer.text}`);
  return token;
}

/** Init data of a user of the bot, as Telegram signs it. */
export const initDataOf = ({ sandbox }: Pick<Installation, "sandbox">, id: number, at = new Date()): string =>
  signInitData({ id }, at, sandbox.env.TELEGRAM_BOT_TOKEN);

/** @returns the token of a Mini App session */
export async function openMiniApp(server: Installation, id: number): Promise<string> {
  return (await callApi(server, null).auth.miniApp.mutate({ initData: initDataOf(server, id) })).token;
}

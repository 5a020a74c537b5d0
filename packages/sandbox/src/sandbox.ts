import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import type { SandboxActions } from "./actions.ts";
import { createActions } from "./actions.ts";
import { CallLog } from "./call-log.ts";
import type { World, WorldEvent } from "./control.ts";
import type { ControlParts } from "./control-api.ts";
import { serveControl } from "./control-api.ts";
import { EventStream } from "./event-stream.ts";
import type { Answer } from "./http-kit.ts";
import { readBody, sendJson } from "./http-kit.ts";
import { sendFcm } from "./push/fcm.ts";
import { createServiceAccount, grantToken } from "./push/google-oauth.ts";
import { receiveWebPush } from "./push/web-push.ts";
import { Refusal } from "./refusal.ts";
import { DEMO_TOPIC_ID } from "./state.ts";
import { TelegramBackend } from "./telegram/backend.ts";
import type { BotCall } from "./telegram/bot-api-server.ts";
import { BotApiServer } from "./telegram/bot-api-server.ts";
import { SandboxWorld } from "./world.ts";

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0, which takes a free port. */
  port?: number;
  /** The world is kept here as JSON (mode 600), file bytes in `<stateFile>.files/`. Absent: memory only. */
  stateFile?: string;
  /** Begin a new world with a topic for announcements (its id is in `env.TELEGRAM_LIVE_TOPIC_ID`). */
  demo?: boolean;
  /** Stands for the operator's own backend; absent: `app/token` answers 404. */
  mintAppToken?: (userId: string) => Promise<string>;
  now?: () => Date;
  /** Is the support group of a new world a forum? Default true. */
  forum?: boolean;
}

export interface SandboxEnv {
  TELEGRAM_BOT_TOKEN: string;
  TELEGRAM_API_ROOT: string;
  GROUP_CHAT_ID: string;
  TELEGRAM_CHAT_ID: string;
  FCM_API_ROOT: string;
  TELEGRAM_LIVE_TOPIC_ID?: string;
}

export interface Sandbox extends SandboxActions {
  /** `http://host:port` */
  readonly origin: string;
  /** What the product must be told, as it is now: a migrated group changes it. */
  readonly env: SandboxEnv;
  /** A Google service-account file whose `token_uri` is the sandbox. */
  readonly serviceAccount: Record<string, string>;
  /** Origin of the Web Push endpoints it makes up. */
  readonly webPushOrigin: string;
  /** Whether a long poll of the bot is waiting for updates. */
  readonly isPolling: boolean;
  /** Bot API calls, oldest first; the latest 5,000. */
  readonly calls: readonly BotCall[];
  /** Serves the control API inside another server; `path` is what follows its root there. */
  handleControl(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  world(): World;
  on(listener: (event: WorldEvent) => void): () => void;
  /**
   * Answers the first value of `condition` that is neither undefined, null nor false, asked now and after every event
   * and call. Rejects after `timeoutMs` (default 5000).
   */
  until<T>(condition: () => T | undefined | null | false, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

interface Parts extends ControlParts {
  botApi: BotApiServer;
  backend: TelegramBackend;
  log: CallLog;
}

/** @throws when the port is taken or the state file is not one of ours */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, now = () => new Date(), forum = true, demo = false } = options;
  const world = new SandboxWorld({ stateFile: options.stateFile ?? null, forum, demo, now });
  const backend = new TelegramBackend(world);
  const log = new CallLog(world);
  const botApi = new BotApiServer(backend, (call) => log.add(call));
  const actions = createActions(backend, botApi);
  const events = new EventStream();
  world.on((event) => events.send(event));
  const parts: Parts = { world, backend, log, botApi, actions, events, mintAppToken: options.mintAppToken ?? null };

  const sockets = new Set<Socket>();
  const server = createServer((request, response) => void serve(parts, request, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  world.origin = await listen(server, host, port);
  backend.webhook.restart();
  return assemble(parts, () => stop(parts, server, sockets));
}

function assemble(parts: Parts, close: () => Promise<void>): Sandbox {
  const { world, actions, log, backend } = parts;
  return {
    origin: world.origin,
    get env() {
      return toEnv(world);
    },
    serviceAccount: createServiceAccount(world),
    webPushOrigin: world.origin,
    get isPolling() {
      return backend.updates.isPolling;
    },
    calls: log.calls,
    handleControl: (request, response, path) => serveControl(parts, { request, response, path }),
    world: () => world.snapshot(),
    ...actions,
    reset: () => {
      actions.reset();
      log.clear();
    },
    on: (listener) => world.on(listener),
    until: (condition, timeoutMs = 5_000) => log.until(condition, timeoutMs),
    close,
  };
}

function toEnv({ state, origin }: SandboxWorld): SandboxEnv {
  const hasDemoTopic = state.group.topics.some((topic) => topic.threadId === DEMO_TOPIC_ID);
  return {
    TELEGRAM_BOT_TOKEN: state.bot.token,
    TELEGRAM_API_ROOT: origin,
    GROUP_CHAT_ID: String(state.group.chatId),
    TELEGRAM_CHAT_ID: String(state.group.chatId),
    FCM_API_ROOT: origin,
    ...(hasDemoTopic ? { TELEGRAM_LIVE_TOPIC_ID: String(DEMO_TOPIC_ID) } : {}),
  };
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The sandbox does not listen on a port");
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

async function stop({ world, backend, events }: Parts, server: Server, sockets: Set<Socket>): Promise<void> {
  backend.webhook.stop();
  events.close();
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
  world.close();
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? "/", parts.world.origin);
    if (parts.botApi.claims(request, url.pathname)) return await parts.botApi.handle(request, response, url);
    if (url.pathname.startsWith("/control/")) {
      return await serveControl(parts, { request, response, path: url.pathname.slice("/control/".length) });
    }
    const answer = await servePush(parts.world, request, url.pathname);
    await parts.world.faults.delay();
    sendJson(response, answer);
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    sendJson(response, { status, body: { error: error instanceof Error ? error.message : String(error) } });
  }
}

async function servePush(world: SandboxWorld, request: IncomingMessage, path: string): Promise<Answer> {
  const { headers, method } = request;
  const body = await readBody(request);
  if (method !== "POST") return { status: 404, body: { error: "Not Found" } };
  if (path === "/oauth2/token") return grantToken(world, new URLSearchParams(body.toString("utf8")));
  const [, project] = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(path) ?? [];
  if (project !== undefined) return sendFcm(world, { project, authorization: headers.authorization, body });
  const [, endpointId] = /^\/wpush\/v2\/([\w-]+)$/.exec(path) ?? [];
  if (endpointId !== undefined) return receiveWebPush(world, { endpointId, headers, body });
  return { status: 404, body: { error: "Not Found" } };
}

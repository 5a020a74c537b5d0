import type { IncomingMessage, ServerResponse } from "node:http";
import type { SandboxActions } from "./actions.ts";
import type { ControlRequest } from "./control-request.ts";
import { readControlRequest } from "./control-request.ts";
import type { EventStream } from "./event-stream.ts";
import { parseFaultChange } from "./faults.ts";
import { sendBytes, sendJson } from "./http-kit.ts";
import { Refusal } from "./refusal.ts";
import type { SandboxWorld } from "./world.ts";

export interface ControlParts {
  world: SandboxWorld;
  actions: SandboxActions;
  events: EventStream;
  mintAppToken: ((userId: string) => Promise<string>) | null;
}

type Handler = (parts: ControlParts, request: ControlRequest) => unknown;

const HANDLERS: Record<string, Handler> = {
  "GET world": ({ world }) => world.snapshot(),
  "POST telegram/messages": ({ actions }, request) => {
    const input = {
      userId: request.integer("userId"),
      chatId: request.integer("chatId"),
      text: request.string("text", ""),
      threadId: request.optionalInteger("threadId"),
      replyToMessageId: request.optionalInteger("replyToMessageId"),
    };
    return actions.telegram.sendAsUser(input, {
      photos: request.uploads("photo"),
      documents: request.uploads("document"),
    });
  },
  "POST telegram/edit": ({ actions }, request) => {
    actions.telegram.edit({ ...readMessageName(request), text: request.string("text") });
    return {};
  },
  "POST telegram/press": ({ actions }, request) => {
    actions.telegram.press({ ...readMessageName(request), data: request.string("data") });
    return {};
  },
  "POST telegram/delete-topic": ({ actions }, request) => {
    actions.telegram.deleteTopic(request.integer("threadId"));
    return {};
  },
  "POST telegram/delete-message": ({ actions }, request) => {
    actions.telegram.deleteMessage(request.integer("chatId"), request.integer("messageId"));
    return {};
  },
  "POST telegram/block": ({ actions }, request) => {
    actions.telegram.block(request.integer("userId"), request.boolean("blocked"));
    return {};
  },
  "POST telegram/migrate-group": ({ actions }) => ({ chatId: actions.telegram.migrateGroup() }),
  "POST telegram/launch": ({ actions }, request) => ({
    fragment: actions.telegram.launchFragment(request.integer("userId")),
  }),
  "POST app/token": async ({ mintAppToken }, request) => {
    if (mintAppToken === null) throw new Refusal(404, "No app backend is configured");
    return { token: await mintAppToken(request.string("userId")) };
  },
  "POST push/devices": ({ actions }, request) => {
    const kind = request.oneOf("kind", ["fcm", "webpush"]);
    const state = request.oneOf("state", ["active", "gone"], "active");
    const key = request.string("applicationServerKey", "");
    const names = { label: request.string("label"), userId: request.string("userId") };
    return actions.push.createDevice({ kind, ...names, state, ...(key === "" ? {} : { applicationServerKey: key }) });
  },
  "POST push/device-state": ({ actions }, request) =>
    actions.push.setDeviceState(request.string("deviceId"), request.oneOf("state", ["active", "gone"])),
  "POST push/clear": ({ actions }) => {
    actions.push.clear();
    return {};
  },
  "POST faults": ({ actions }, request) => {
    const change = parseFaultChange(request.body);
    if (change === undefined) throw new Refusal(400, "Not a change of faults");
    return actions.setFaults(change);
  },
  "POST reset": ({ world, actions }) => {
    actions.reset();
    return world.snapshot();
  },
};

/** Serves one request of the control API; `path` is what follows its root. Never throws. */
export async function serveControl(
  parts: ControlParts,
  exchange: { request: IncomingMessage; response: ServerResponse; path: string },
): Promise<void> {
  const { request, response } = exchange;
  try {
    assertSameOrigin(request);
    const path = exchange.path.replace(/^\/+|\/+$/g, "").split("?")[0] ?? "";
    const name = `${request.method} ${path}`;
    if (name === "GET events") return openStream(parts.events, response);
    const [, fileUniqueId] = /^GET telegram\/files\/([\w-]+)$/.exec(name) ?? [];
    if (fileUniqueId !== undefined) return sendFile(parts.world, fileUniqueId, response);
    const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
    if (handler === undefined) throw new Refusal(404, "No such control");
    const body = await handler(parts, await readControlRequest(request));
    sendJson(response, { status: 200, body, headers: { "cache-control": "no-store" } });
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    sendJson(response, { status, body: { error: error instanceof Error ? error.message : String(error) } });
  }
}

function openStream(events: EventStream, response: ServerResponse): void {
  if (!events.add(response)) throw new Refusal(503, "Too many are watching");
}

function sendFile(world: SandboxWorld, unique: string, response: ServerResponse): void {
  const file = world.state.files.find((candidate) => candidate.unique === unique);
  const bytes = world.files.get(unique);
  if (file === undefined || bytes === undefined) throw new Refusal(404, "No such file");
  const isImage = file.width !== null;
  if (!isImage) response.setHeader("content-disposition", "attachment");
  sendBytes(response, bytes, isImage ? file.mime : "application/octet-stream");
}

function readMessageName(request: ControlRequest): { userId: number; chatId: number; messageId: number } {
  return {
    userId: request.integer("userId"),
    chatId: request.integer("chatId"),
    messageId: request.integer("messageId"),
  };
}

/** Keeps other sites' pages in the same browser from pulling the strings. */
function assertSameOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw new Refusal(403, "Foreign origin");
}

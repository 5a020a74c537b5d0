import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Actor, actorKeyOf } from "@pult/api/actor.ts";
import type { Logger } from "@pult/api/logger.ts";

const REQUEST_ID = /^[\w-]{1,64}$/;

/** Who called, and which account they named; known once the call is allowed. */
const noted = new WeakMap<IncomingMessage, { userId: string; accountId: string | null }>();

export function noteCall({ request, actor }: { request: IncomingMessage; actor: Actor }, accountId?: string): void {
  noted.set(request, { userId: actorKeyOf(actor), accountId: accountId ?? null });
}

/** Gives a call its id, the client's where it has one, and logs what became of it: no text, code, number or token. */
export function beginCall(
  { request, response, url }: { request: IncomingMessage; response: ServerResponse; url: URL },
  log: Logger,
): void {
  const given = request.headers["x-request-id"];
  const requestId = typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
  response.setHeader("X-Request-Id", requestId);
  response.setHeader("Cache-Control", "private, no-store");
  const startedAt = performance.now();
  response.once("close", () => {
    const { userId = null, accountId = null } = noted.get(request) ?? {};
    const ms = Math.round(performance.now() - startedAt);
    const { method } = request;
    const { statusCode: status } = response;
    log.info({ requestId, userId, accountId, method, path: url.pathname, status, ms }, "Telegram CRM call");
  });
}

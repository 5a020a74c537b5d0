import type { IncomingMessage, ServerResponse } from "node:http";
import { equalSecrets } from "@pult/api/auth/tokens.ts";
import { malformed, requestError } from "@pult/api/errors.ts";
import type { BotUpdate } from "@pult/api/telegram/bot.ts";
import { parseJson, readBody, sendJson } from "../../http/answers.ts";
import type { Workers } from "../../workers.ts";

const MAX_UPDATE_BYTES = 1024 * 1024;

/** The secret in the request of a webhook; null without one. */
export function shownSecret({ headers }: IncomingMessage): string | null {
  const given = headers["x-telegram-bot-api-secret-token"];
  return typeof given === "string" ? given : null;
}

/** @throws DomainError `UNAUTHORIZED` without the secret header, or with another */
export function requireSecret(given: string | null, secret: string): void {
  if (given === null || !equalSecrets(given, secret)) throw requestError("unauthorized");
}

/** `POST /api/webhooks/telegram`: stored, then acknowledged. */
export async function receiveUpdate(
  workers: Workers,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const update = parseJson(await readBody(request, MAX_UPDATE_BYTES));
  if (!isUpdate(update)) throw malformed("Not an update");
  await workers.receiveUpdates([update]);
  sendJson(response, 200, {});
}

function isUpdate(value: unknown): value is BotUpdate {
  return typeof value === "object" && value !== null && Number.isSafeInteger((value as BotUpdate).update_id);
}

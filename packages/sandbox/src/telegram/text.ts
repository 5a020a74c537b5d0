import { badRequest } from "./bot-api-error.ts";
import type { Params } from "./params.ts";

/** UTF-16 code units, as Telegram counts. */
export const TEXT_LIMIT = 4_096;
export const CAPTION_LIMIT = 1_024;

/** @throws BotApiError 400 for an empty or overlong text, or a parse mode */
export function readText(params: Params): string {
  const text = readPlain(params, "text");
  if (text === "") throw badRequest("message text is empty");
  if (text.length > TEXT_LIMIT) throw badRequest("message is too long");
  return text;
}

/** @throws BotApiError 400 */
export function readCaption(params: Params): string {
  const caption = readPlain(params, "caption");
  if (caption.length > CAPTION_LIMIT) throw badRequest("message caption is too long");
  return caption;
}

/** Formatting is not simulated. Telegram cuts white space at both ends. */
function readPlain(params: Params, name: string): string {
  if (params.has("parse_mode")) throw badRequest("unsupported parse_mode");
  return (params.string(name) ?? "").trim();
}

/** Formatting of a text or caption; undefined for none. */
export function readEntities(params: Params): Record<string, unknown>[] | undefined {
  const list = params.json("entities") ?? params.json("caption_entities");
  return Array.isArray(list) && list.length > 0 ? list : undefined;
}

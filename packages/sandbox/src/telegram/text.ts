import { isRecord } from "../http.ts";
import { badRequest } from "./bot-api-error.ts";
import { detectEntities } from "./entities.ts";
import { parseFormatted } from "./formatting.ts";
import { Params } from "./params.ts";
import type { RichText } from "./rich-text.ts";
import { trimmed } from "./rich-text.ts";
import type { MessageEntity } from "./state.ts";

/** UTF-16 code units after formatting is taken out, as Telegram counts. */
export const TEXT_LIMIT = 4_096;
export const CAPTION_LIMIT = 1_024;

/** @throws BotApiError 400 for an empty or overlong text, or formatting that cannot be read */
export function readText(params: Params): RichText {
  const rich = readRichText(params, "text", "entities");
  if (rich.text === "") throw badRequest("message text is empty");
  if (rich.text.length > TEXT_LIMIT) throw badRequest("message is too long");
  return rich;
}

/** @throws BotApiError 400 */
export function readCaption(params: Params): RichText {
  const rich = readRichText(params, "caption", "caption_entities");
  if (rich.text.length > CAPTION_LIMIT) throw badRequest("message caption is too long");
  return rich;
}

/** The caption of one part of an album, whose members bear the same names. */
export function readPartCaption(part: Record<string, unknown>): RichText {
  return readCaption(new Params(part));
}

function readRichText(params: Params, textName: string, entitiesName: string): RichText {
  const source = params.string(textName) ?? "";
  const mode = params.string("parse_mode");
  const given = params.json(entitiesName);
  const rich =
    mode === undefined || mode === ""
      ? { text: source, entities: Array.isArray(given) ? given.filter(isEntity) : [] }
      : parseFormatted(source, mode);
  return trimmed({ text: rich.text, entities: detectEntities(rich.text, rich.entities) });
}

function isEntity(value: unknown): value is MessageEntity {
  return isRecord(value) && typeof value.offset === "number" && typeof value.length === "number";
}

import { isRecord } from "../http.ts";
import { badRequest } from "./bot-api-error.ts";
import { parseHtml } from "./formatting-html.ts";
import { parseMarkdown, parseMarkdownV2 } from "./formatting-markdown.ts";
import { Params } from "./params.ts";
import type { RichText } from "./rich-text.ts";
import { trimmed } from "./rich-text.ts";
import type { MessageEntity } from "./state.ts";

/** UTF-16 code units after formatting is taken out, as Telegram counts. */
export const TEXT_LIMIT = 4_096;
export const CAPTION_LIMIT = 1_024;

const PATTERNS = [
  { type: "url", pattern: /\bhttps?:\/\/[^\s<>"]+[^\s<>".,!?;:)\]]/g },
  { type: "email", pattern: /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g },
  { type: "bot_command", pattern: /(?<![\w/])\/[a-zA-Z0-9_]{1,32}(?:@\w{3,32})?(?![\w/])/g },
  { type: "mention", pattern: /(?<![\w@.])@[a-zA-Z]\w{3,31}\b/g },
  { type: "hashtag", pattern: /(?<![\w#&])#[\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*/gu },
];

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

/** @throws BotApiError 400 "can't parse entities: …" */
export function parseFormatted(source: string, mode: string): RichText {
  switch (mode.toLowerCase()) {
    case "html":
      return parseHtml(source);
    case "markdownv2":
      return parseMarkdownV2(source);
    case "markdown":
      return parseMarkdown(source);
    default:
      throw badRequest("unsupported parse_mode");
  }
}

/** Adds the entities that Telegram finds in plain text by itself, where they do not overlap those in `taken`. */
export function detectEntities(text: string, taken: MessageEntity[] = []): MessageEntity[] {
  const entities = [...taken];
  for (const { type, pattern } of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length };
      if (!entities.some((other) => overlaps(other, entity))) entities.push(entity);
    }
  }
  return entities.sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function overlaps(a: MessageEntity, b: MessageEntity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

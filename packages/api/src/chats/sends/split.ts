import { entitiesWithin } from "../../telegram/entities.ts";
import type { MessageEntity } from "../schema.ts";

/** Characters of a message, and of one that stands under a file. @see https://core.telegram.org/api/config#message-length-max */
export const MAX_MESSAGE = 4_096;
export const MAX_CAPTION = 1_024;

export interface TextPart {
  text: string;
  entities: MessageEntity[];
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Where a text is cut: the end of its first part, and the beginning of the rest. */
function findCut(text: string, limit: number): { end: number; next: number } {
  const window = text.slice(0, limit + 1);
  const paragraph = text.slice(0, limit + 2).lastIndexOf("\n\n");
  const at = paragraph > 0 && text.slice(0, paragraph).trim() !== "" ? paragraph : window.search(/\s(?=\S*$)/);
  if (at > 0 && text.slice(0, at).trim() !== "") {
    const end = text.slice(0, at).trimEnd().length;
    return { end, next: at + (text.slice(at).length - text.slice(at).trimStart().length) };
  }
  const hard = isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
  return { end: hard, next: hard };
}

/**
 * Cuts a text into messages: at the last paragraph break that fits, else at the last white space, else hard, but never within a character.
 * White space at a cut is dropped, nothing else is lost; formatting over a cut continues behind it.
 * @param firstLimit UTF-16 code units of the first part
 */
export function splitText({ text, entities }: TextPart, firstLimit: number): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  let limit = firstLimit;
  while (text.length - from > limit) {
    const { end, next } = findCut(text.slice(from), limit);
    parts.push({ text: text.slice(from, from + end), entities: entitiesWithin(entities, { from, to: from + end }) });
    from += next;
    limit = MAX_MESSAGE;
  }
  if (from < text.length || parts.length === 0)
    parts.push({ text: text.slice(from), entities: entitiesWithin(entities, { from, to: text.length }) });
  return parts;
}

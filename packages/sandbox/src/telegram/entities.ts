import type { MessageEntity } from "./state.ts";

const PATTERNS = [
  { type: "url", pattern: /\bhttps?:\/\/[^\s<>"]+[^\s<>".,!?;:)\]]/g },
  { type: "email", pattern: /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g },
  { type: "bot_command", pattern: /(?<![\w/])\/[a-zA-Z0-9_]{1,32}(?:@\w{3,32})?(?![\w/])/g },
  { type: "mention", pattern: /(?<![\w@.])@[a-zA-Z]\w{3,31}\b/g },
  { type: "hashtag", pattern: /(?<![\w#&])#[\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*/gu },
];

/** What Telegram finds in plain text by itself. `taken` are entities already there; found ones do not overlap them. */
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

import type { RichText } from "./rich-text.ts";
import { RichTextBuilder } from "./rich-text.ts";

const TYPES: Record<string, string> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  "tg-spoiler": "spoiler",
  span: "spoiler",
  a: "text_link",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  "tg-emoji": "custom_emoji",
};

const CHARACTERS: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** @see https://core.telegram.org/bots/api#html-style */
export function parseHtml(source: string): RichText {
  const builder = new RichTextBuilder(source);
  let at = 0;
  while (at < source.length) {
    if (source[at] === "<") {
      at = readTag(builder, source, at);
    } else if (source[at] === "&") {
      at = readCharacter(builder, source, at);
    } else {
      builder.text += source[at];
      at += 1;
    }
  }
  const unclosed = builder.open.at(-1);
  if (unclosed !== undefined) throw builder.error(`Can't find end tag corresponding to start tag "${unclosed.mark}"`);
  return builder.finish();
}

/** Reads one tag. Returns the next offset. */
function readTag(builder: RichTextBuilder, source: string, at: number): number {
  const close = source.indexOf(">", at);
  if (close < 0) throw builder.error(`Unclosed start tag at byte offset ${builder.byteOffset(at)}`);
  const inside = source.slice(at + 1, close);
  if (inside.startsWith("/")) {
    endTag(builder, inside.slice(1).trim().toLowerCase(), at);
  } else {
    startTag(builder, inside, at);
  }
  return close + 1;
}

function startTag(builder: RichTextBuilder, inside: string, at: number): void {
  const name = /^[^\s/]*/.exec(inside)?.[0].toLowerCase() ?? "";
  const type = TYPES[name];
  if (type === undefined) {
    throw builder.error(`Unsupported start tag "${name}" at byte offset ${builder.byteOffset(at)}`);
  }
  builder.begin({ type, mark: name, sourceOffset: at, details: tagDetails(name, inside) });
}

function tagDetails(name: string, inside: string): Record<string, unknown> {
  const href = attribute(inside, "href");
  if (name === "a" && href !== undefined) return { url: href };
  const emojiId = attribute(inside, "emoji-id");
  if (name === "tg-emoji" && emojiId !== undefined) return { custom_emoji_id: emojiId };
  const language = attribute(inside, "class")?.replace(/^language-/, "");
  return name === "code" && language !== undefined ? { language } : {};
}

function attribute(inside: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(inside);
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  return value?.replace(/&(lt|gt|amp|quot);/g, (_whole, word: string) => CHARACTERS[word] ?? "");
}

function endTag(builder: RichTextBuilder, name: string, at: number): void {
  const innermost = builder.open.at(-1);
  if (innermost === undefined) throw builder.error(`Unexpected end tag at byte offset ${builder.byteOffset(at)}`);
  if (name !== innermost.mark && name !== "") {
    const offset = builder.byteOffset(at);
    throw builder.error(
      `Unmatched end tag at byte offset ${offset}, expected "</${innermost.mark}>", found "</${name}>"`,
    );
  }
  builder.end();
}

function readCharacter(builder: RichTextBuilder, source: string, at: number): number {
  const match = /^&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-f]{1,6}));?/i.exec(source.slice(at, at + 12));
  const code = match?.[2] !== undefined ? Number(match[2]) : Number.parseInt(match?.[3] ?? "", 16);
  const named = CHARACTERS[match?.[1]?.toLowerCase() ?? ""];
  const character = named ?? (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined);
  builder.text += character ?? "&";
  return at + (match === null || character === undefined ? 1 : match[0].length);
}

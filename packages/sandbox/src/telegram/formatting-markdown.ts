import type { RichText } from "./rich-text.ts";
import { RichTextBuilder } from "./rich-text.ts";

const RESERVED = "_*[]()~`>#+-=|{}.!";

/** Longest first: `__` before `_`, "```" before "`". */
const MARKERS = [
  { mark: "```", type: "pre", word: "PreCode" },
  { mark: "`", type: "code", word: "Code" },
  { mark: "||", type: "spoiler", word: "Spoiler" },
  { mark: "__", type: "underline", word: "Underline" },
  { mark: "_", type: "italic", word: "Italic" },
  { mark: "*", type: "bold", word: "Bold" },
  { mark: "~", type: "strikethrough", word: "Strikethrough" },
];

/** @see https://core.telegram.org/bots/api#markdownv2-style */
export function parseMarkdownV2(source: string): RichText {
  const builder = new RichTextBuilder(source);
  let at = 0;
  while (at < source.length) at = readV2(builder, source, at);
  const unclosed = builder.open.at(-1);
  if (unclosed !== undefined) {
    const word = MARKERS.find(({ mark }) => mark === unclosed.mark)?.word ?? "TextUrl";
    const offset = builder.byteOffset(unclosed.sourceOffset);
    throw builder.error(`Can't find end of ${word} entity at byte offset ${offset}`);
  }
  return builder.finish();
}

/** Reads one character or marker. Returns the next offset. */
function readV2(builder: RichTextBuilder, source: string, at: number): number {
  const character = source[at] ?? "";
  const next = source[at + 1];
  const innermost = builder.open.at(-1);
  if (character === "\\" && next !== undefined && next.charCodeAt(0) < 127) {
    builder.text += next;
    return at + 2;
  }
  const isVerbatim = innermost?.type === "code" || innermost?.type === "pre";
  if (isVerbatim && !source.startsWith(innermost.mark, at)) {
    builder.text += character;
    return at + 1;
  }
  const marker = MARKERS.find(({ mark }) => source.startsWith(mark, at));
  if (marker !== undefined) return toggle(builder, marker, at);
  if (character === "[") {
    builder.begin({ type: "text_link", mark: "[", sourceOffset: at });
    return at + 1;
  }
  if (character === "]" && innermost?.mark === "[") return endLink(builder, source, at);
  if (character === ">" && (at === 0 || source[at - 1] === "\n")) return at + 1;
  if (RESERVED.includes(character)) {
    throw builder.error(`Character '${character}' is reserved and must be escaped with the preceding '\\'`);
  }
  builder.text += character;
  return at + 1;
}

function toggle(builder: RichTextBuilder, marker: { mark: string; type: string }, at: number): number {
  if (builder.open.at(-1)?.mark === marker.mark) {
    builder.end();
  } else {
    builder.begin({ type: marker.type, mark: marker.mark, sourceOffset: at });
  }
  return at + marker.mark.length;
}

function endLink(builder: RichTextBuilder, source: string, at: number): number {
  const url = /^\]\(((?:\\.|[^)\\])*)\)/.exec(source.slice(at));
  if (url === null) throw builder.error(`Can't find end of a URL at byte offset ${builder.byteOffset(at)}`);
  builder.end({ url: (url[1] ?? "").replace(/\\(.)/g, "$1") });
  return at + url[0].length;
}

/** @see https://core.telegram.org/bots/api#markdown-style */
export function parseMarkdown(source: string): RichText {
  const builder = new RichTextBuilder(source);
  const pattern =
    /\\([_*`[])|```([\s\S]*?)```|`([^`]*)`|\*([^*]*)\*|_([^_]*)_|\[([^\]]*)\]\(([^)]*)\)|([_*`[])|([\s\S])/gu;
  for (const match of source.matchAll(pattern)) {
    const [, escaped, pre, code, bold, italic, link, url, stray, plain] = match;
    if (stray !== undefined) {
      const offset = builder.byteOffset(match.index);
      throw builder.error(`Can't find end of the entity starting at byte offset ${offset}`);
    }
    const entity = { pre, code, bold, italic, text_link: link };
    const [type, text] = Object.entries(entity).find(([, value]) => value !== undefined) ?? [];
    if (type === undefined) {
      builder.text += escaped ?? plain ?? "";
      continue;
    }
    builder.begin({ type, mark: type, sourceOffset: match.index });
    builder.text += text ?? "";
    builder.end(url === undefined ? {} : { url });
  }
  return builder.finish();
}

import { createHash } from "node:crypto";
import { storableText } from "../storable.ts";

/** The first `length` characters for a list, on one line. */
export function previewOf(text: string, length = 200): string {
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Tells a repeat from other content under the same client id. */
export const hashContent = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url");

/** A stretch of a text: UTF-16 units, the end not included. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * Cuts a long text for a channel with a limit: at a paragraph, else a line, else a word, else between characters as people see them, in order.
 * Joined again the parts hold every character but the blanks they were cut at.
 */
export const splitText = (text: string, limit: number): string[] =>
  stretchesOf(text, limit).map(({ from, to }) => text.slice(from, to));

/** The same as places in the text. */
export const stretchesOf = (text: string, limit: number): Stretch[] => split(text, () => limit);

/** The same for a limit in bytes of UTF-8. */
export const splitTextByBytes = (text: string, maxBytes: number): string[] => {
  const roomOf = (rest: string) => new TextEncoder().encodeInto(rest, new Uint8Array(maxBytes)).read;
  return split(text, roomOf).map(({ from, to }) => text.slice(from, to));
};

/** @param roomOf how many UTF-16 units of the rest fit */
function split(text: string, roomOf: (rest: string) => number): Stretch[] {
  const parts: Stretch[] = [];
  let from = 0;
  for (;;) {
    const rest = text.slice(from);
    const limit = roomOf(rest);
    if (rest.length <= limit) break;
    const end = cutBefore(rest, limit);
    const length = rest.slice(0, end).trimEnd().length;
    if (length > 0) parts.push({ from, to: from + length });
    from += end + (rest.length - end - rest.slice(end).trimStart().length);
  }
  if (text.slice(from).trim() !== "") parts.push({ from, to: text.length });
  return parts;
}

/** How far before a cut a character may begin that people see as one: families, flags, letters with many marks. */
const LONGEST_CHARACTER = 64;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function cutBefore(text: string, limit: number): number {
  const head = text.slice(0, limit + 1);
  for (const boundary of ["\n\n", "\n", " "]) {
    const at = head.lastIndexOf(boundary);
    if (at > limit / 4) return at;
  }
  const start = beginOfCharacter(text, Math.max(0, limit - LONGEST_CHARACTER));
  let end = start;
  for (const { index } of characters.segment(text.slice(start, limit + LONGEST_CHARACTER)))
    if (start + index <= limit) end = start + index;
  return end > start ? end : beginOfCharacter(text, limit);
}

/** Never between the halves of a surrogate pair. */
function beginOfCharacter(text: string, at: number): number {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
}

/** What makes a name break its line, or look like another's words. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** A name as one line, for titles, cards and labels; null where nothing of it can be seen. */
export function lineOf(name: string | null, length = 128): string | null {
  const line = storableText(name ?? "")
    .replace(UNFIT, " ")
    .replace(/\s+/gu, " ")
    .trim();
  if (!/[^\p{Cf}\p{Mn}\p{Zs}\u2800\u3164]/u.test(line)) return null;
  return line
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, "")
    .toWellFormed();
}

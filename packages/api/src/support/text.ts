import { createHash } from "node:crypto";

/** The first `length` characters for a list, on one line. */
export function previewOf(text: string, length = 200): string {
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Tells a repeat from other content under the same client id. */
export const hashContent = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url");

/**
 * Cuts a long text for a channel with a limit: at a paragraph, else a line, else a word, else between characters, in order.
 * Joined again the parts hold every character but the blanks they were cut at.
 */
export const splitText = (text: string, limit: number): string[] => split(text, () => limit);

/** The same for a limit in bytes of UTF-8. */
export const splitTextByBytes = (text: string, maxBytes: number): string[] =>
  split(text, (rest) => new TextEncoder().encodeInto(rest, new Uint8Array(maxBytes)).read);

/** @param roomOf how many UTF-16 units of the rest fit */
function split(text: string, roomOf: (rest: string) => number): string[] {
  const parts: string[] = [];
  let rest = text;
  for (let limit = roomOf(rest); rest.length > limit; limit = roomOf(rest)) {
    const end = cutBefore(rest, limit);
    const part = rest.slice(0, end).trimEnd();
    if (part !== "") parts.push(part);
    rest = rest.slice(end).trimStart();
  }
  if (rest.trim() !== "") parts.push(rest);
  return parts;
}

function cutBefore(text: string, limit: number): number {
  const head = text.slice(0, limit + 1);
  for (const boundary of ["\n\n", "\n", " "]) {
    const at = head.lastIndexOf(boundary);
    if (at > limit / 4) return at;
  }
  // Never between the halves of a surrogate pair.
  const last = text.charCodeAt(limit - 1);
  return last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
}

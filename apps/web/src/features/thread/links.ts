import { LinkifyIt } from "linkify-it";
import type { ReactNode } from "react";

export type TextPart = { at: number; text: string; href: string | null };

const addresses = new LinkifyIt({ fuzzyEmail: false, urlAuth: true })
  .add("ftp:", null)
  .add("mailto:", null)
  .add("//", null);

/** Parts of a text: addresses with `http` or `https`, and the text between them. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const { index, lastIndex, url } of addresses.match(text) ?? []) {
    parts.push({ at, text: text.slice(at, index), href: null }, { at: index, text: url, href: url });
    at = lastIndex;
  }
  parts.push({ at, text: text.slice(at), href: null });
  return parts.filter((part) => part.text !== "");
}

export type LinkedTextProps = { text: string; children: (part: TextPart) => ReactNode };

export const SplitText = ({ text, children }: LinkedTextProps): ReactNode => splitLinks(text).map(children);

export type TextPart = { at: number; text: string; href: string | null };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
/** What ends a sentence rather than an address; a bracket only when none was opened. */
const TRAILING = /[.,;:!?…»”’]+$/;

/** Parts of a text: addresses with `http` or `https`, and the text between them. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimAddress(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ at: end, text: text.slice(end, match.index), href: null });
    end = match.index + address.length;
    parts.push({ at: match.index, text: address, href: address });
  }
  if (end < text.length) parts.push({ at: end, text: text.slice(end), href: null });
  return parts;
}

function trimAddress(found: string): string {
  const address = found.replace(TRAILING, "");
  return address.endsWith(")") && !address.includes("(") ? address.slice(0, -1) : address;
}

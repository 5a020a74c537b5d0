import { storableText } from "../storable.ts";

const MAX_NAME_LENGTH = 255;

/** What makes a name look like another. */
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** A name without folders, as one line; null where nothing is left of it. */
export function fileNameOf(name: string | null): string | null {
  const last = name?.split(/[/\\]/).at(-1) ?? "";
  const printable = storableText(last.replace(HIDDEN, "")).trim();
  // A cut never leaves half a surrogate pair.
  const cut = printable.slice(0, MAX_NAME_LENGTH);
  return (cut.isWellFormed() ? cut : cut.slice(0, -1)) || null;
}

import { cx } from "./cx.ts";

/** Rows of 40 px; below 960 px of 56, with a second line in the place of columns. */
export const tableClass = "w-full border-collapse text-13";

export function cellClass(className?: string): string {
  return cx("h-10 border-line border-b px-2 py-1 align-middle first:pl-4 last:pr-4 max-md:h-14", className);
}

/** A figure or a word that stays on its line. */
export const metaCellClass = cellClass("num whitespace-nowrap text-fg-2");

/** Columns that a narrow screen leaves to the second line. */
export const WIDE_ONLY = "max-md:hidden";
export const WIDEST_ONLY = "max-lg:hidden";

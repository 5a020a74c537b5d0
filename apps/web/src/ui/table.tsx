import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export function cellClass(className?: string): string {
  return cx("h-10 border-line border-b px-2 py-1 align-middle first:pl-4 last:pr-4 max-md:h-14", className);
}

/** A figure or a word that stays on its line. */
export const metaCellClass = cellClass("num whitespace-nowrap text-fg-2");

/** Columns that a narrow screen leaves to the second line. */
export const WIDE_ONLY = "max-md:hidden";
export const WIDEST_ONLY = "max-lg:hidden";

const FROM = { wide: WIDE_ONLY, widest: WIDEST_ONLY } as const;

type Column = {
  label: string;
  /** The narrowest screen that has the column; every one, when left out. */
  from?: keyof typeof FROM;
  /** Its cells stand at the right. */
  isRight?: boolean;
};

const headClass =
  "h-8 whitespace-nowrap border-line border-b px-2 text-left font-medium text-12 text-muted first:pl-4 last:pr-4";

type TableProps = {
  columns: readonly Column[];
  /** The name of the last column, which holds actions: it is only read aloud. */
  last: string;
  children: ReactNode;
};

/** Rows of 40 px; below 960 px of 56, with a second line in the place of columns and no head. */
export function Table({ columns, last, children }: TableProps) {
  return (
    <table className="w-full border-collapse text-13">
      <thead className="max-md:sr-only">
        <tr>
          {columns.map(({ label, from, isRight }) => (
            <th key={label} className={cx(headClass, from && FROM[from], isRight && "text-right")}>
              {label}
            </th>
          ))}
          <th className={headClass}>
            <span className="sr-only">{last}</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

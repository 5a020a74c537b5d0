import { cx } from "./cx.ts";
import { WIDE_ONLY, WIDEST_ONLY } from "./table.ts";

const FROM = { wide: WIDE_ONLY, widest: WIDEST_ONLY } as const;

type Column = {
  label: string;
  /** The narrowest screen that has the column; every one, when left out. */
  from?: keyof typeof FROM;
  /** Its cells stand at the right. */
  isRight?: boolean;
};

const cellClass =
  "h-8 whitespace-nowrap border-line border-b px-2 text-left font-medium text-12 text-muted first:pl-4 last:pr-4";

/** What the columns are; the last one holds actions, and its name is only read aloud. A narrow screen shows no head at all. */
export function TableHead({ columns, last }: { columns: readonly Column[]; last: string }) {
  return (
    <thead className="max-md:sr-only">
      <tr>
        {columns.map(({ label, from, isRight }) => (
          <th key={label} className={cx(cellClass, from && FROM[from], isRight && "text-right")}>
            {label}
          </th>
        ))}
        <th className={cellClass}>
          <span className="sr-only">{last}</span>
        </th>
      </tr>
    </thead>
  );
}

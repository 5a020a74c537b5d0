import { ChevronRight } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

type OpeningRowProps = {
  /** Its cells; the mark that it opens is the last one. */
  cells: ReactNode;
  /** Columns and height. */
  className: string;
  /** What it shows below when it is open. */
  children: ReactNode;
};

type FactsProps = {
  /** Label and value; what has no value is left out. */
  rows: readonly [label: string, value: string][];
  className?: string;
};

/** What an opened row tells, line by line. */
export const Facts = ({ rows, className }: FactsProps) => (
  <dl className={cx("grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-12", className)}>
    {rows
      .filter(([, value]) => value !== "")
      .map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="num break-words text-fg-2">{value}</dd>
        </div>
      ))}
  </dl>
);

/** A row of a list that opens where it stands. */
export function OpeningRow({ cells, className, children }: OpeningRowProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <li className="border-line border-b [contain-intrinsic-size:auto_48px] [content-visibility:auto]">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        className={cx(
          "min-h-14 w-full text-left -outline-offset-2 hover:bg-surface-2",
          className,
          isOpen && "bg-surface-2",
        )}
      >
        {cells}
        <Icon of={ChevronRight} className={cx("text-muted transition-transform", isOpen && "rotate-90")} />
      </button>
      {isOpen ? <div id={id}>{children}</div> : null}
    </li>
  );
}

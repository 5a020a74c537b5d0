import { cx } from "./cx.ts";

/** A count. Above 99 it says so; the exact number belongs in the label of what carries it. */
export function Badge({ count, quiet, className }: { count: number; quiet?: boolean; className?: string }) {
  return (
    <span
      className={cx(
        "num inline-grid h-[18px] min-w-[18px] shrink-0 place-items-center rounded-full px-[5px] font-semibold text-11/[18px]",
        quiet ? "bg-surface-4 text-fg-2" : "bg-accent text-on-accent",
        className,
      )}
    >
      {count > 99 ? "99+" : count}
    </span>
  );
}

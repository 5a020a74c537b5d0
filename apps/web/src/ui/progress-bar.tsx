import { cx } from "./cx.ts";

type ProgressBarProps = { label: string; done: number; total: number; className?: string };

/** How many of a number are done. */
export function ProgressBar({ label, done, total, className }: ProgressBarProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={done}
      aria-valuemin={0}
      aria-valuemax={total}
      className={cx("h-1 overflow-hidden rounded-full bg-surface-4", className)}
    >
      <div className="h-full bg-accent" style={{ width: `${total === 0 ? 0 : (done / total) * 100}%` }} />
    </div>
  );
}

import { cx } from "./cx.ts";

/** Three dots; the word "typing" stands beside them. */
export function TypingDots() {
  return (
    <span aria-hidden className="inline-flex shrink-0 items-center gap-[3px]">
      {[0, 160, 320].map((delayMs) => (
        <i
          key={delayMs}
          className="typing-dot size-1 rounded-full bg-current"
          style={{ animationDelay: `${delayMs}ms` }}
        />
      ))}
    </span>
  );
}

const DOT_TONES = {
  success: "bg-success",
  warning: "bg-warning",
  /** Nothing there: a ring, so that the state reads without colour. */
  hollow: "border-2 border-muted",
} as const;

/** State as a shape; the word stands beside it. */
export function Dot({ tone, className }: { tone: keyof typeof DOT_TONES; className?: string }) {
  return <span aria-hidden className={cx("inline-block size-2 shrink-0 rounded-full", DOT_TONES[tone], className)} />;
}

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

import type { ReactNode } from "react";
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

/** One key. On a coloured button it takes the button's colour. */
export function Kbd({ children, plain, className }: { children: string; plain?: boolean; className?: string }) {
  return (
    <kbd
      className={cx(
        "min-w-[18px] rounded-1 border px-1 text-center font-sans font-normal text-11/4",
        plain ? "border-current opacity-80" : "border-line-2 bg-surface text-muted",
        className,
      )}
    >
      {children}
    </kbd>
  );
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

const TONES = {
  neutral: "bg-surface-3 text-fg-2",
  accent: "bg-accent-soft text-accent-text",
  success: "bg-success-soft text-success",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
} as const;

/** To read, 20 px. Colour always comes with a word. */
export function Chip(props: { tone?: keyof typeof TONES; children: ReactNode; title?: string; className?: string }) {
  return (
    <span
      title={props.title}
      className={cx(
        "num inline-flex h-5 max-w-full shrink-0 items-center gap-1 whitespace-nowrap rounded-1 px-1.5 font-medium text-11",
        TONES[props.tone ?? "neutral"],
        props.className,
      )}
    >
      {props.children}
    </span>
  );
}

import { cx } from "./cx.ts";

const TONES = {
  success: "bg-success",
  warning: "bg-warning",
  danger: "bg-danger",
  accent: "bg-accent",
  /** Nothing there: a ring, so that the state reads without colour. */
  hollow: "border-2 border-muted",
} as const;

/** State as a shape; the word stands beside it. */
export function Dot({ tone, className }: { tone: keyof typeof TONES; className?: string }) {
  return <span aria-hidden className={cx("inline-block size-2 shrink-0 rounded-full", TONES[tone], className)} />;
}

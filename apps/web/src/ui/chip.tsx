import type { ReactNode } from "react";
import { cx } from "./cx.ts";

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

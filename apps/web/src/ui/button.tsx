import type { ComponentProps } from "react";
import { cx } from "./cx.ts";

const VARIANTS = {
  default:
    "border-line-2 bg-surface text-fg hover:bg-surface-3 aria-pressed:border-accent-line aria-pressed:bg-accent-soft aria-pressed:text-accent-text",
  primary: "border-accent bg-accent text-on-accent hover:border-accent-hover hover:bg-accent-hover",
  danger: "border-danger bg-danger text-on-danger hover:border-danger-hover hover:bg-danger-hover",
  ghost: "border-transparent text-fg-2 hover:bg-surface-3 hover:text-fg",
} as const;

const SIZES = {
  sm: "h-8 gap-1.5 rounded-2 px-2.5 text-12 md:h-6 md:rounded-1 md:px-2",
  md: "h-8 gap-1.5 rounded-2 px-3 text-13",
  lg: "h-9 gap-2 rounded-2 px-4 text-14",
  touch: "h-11 gap-2 rounded-2 px-4 text-14",
} as const;

export type ButtonLook = { variant?: keyof typeof VARIANTS; size?: keyof typeof SIZES };

/** Class names of a button, for a link that looks like one. */
export function buttonClass({ variant = "default", size = "md" }: ButtonLook = {}): string {
  return cx(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap border font-medium transition-colors",
    "disabled:cursor-default disabled:border-line disabled:bg-surface-3 disabled:text-disabled",
    VARIANTS[variant],
    SIZES[size],
  );
}

export function Button({ variant, size, className, ...props }: ComponentProps<"button"> & ButtonLook) {
  return <button type="button" {...props} className={cx(buttonClass({ variant, size }), className)} />;
}

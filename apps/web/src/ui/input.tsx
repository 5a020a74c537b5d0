import type { ComponentProps } from "react";
import { cx } from "./cx.ts";

const SIZES = { md: "h-8 text-13", lg: "h-9 text-14", touch: "h-11 text-16" } as const;

/** Below 960 px the type is 16 px, or iOS zooms into the field. */
export function inputClass(size: keyof typeof SIZES = "md"): string {
  return cx(
    "w-full min-w-0 rounded-2 border border-control bg-surface px-2.5 text-fg max-md:text-16",
    "focus:border-focus focus:outline-2 focus:-outline-offset-1 focus:outline-focus",
    "aria-invalid:border-danger disabled:border-line disabled:bg-surface-3 disabled:text-disabled",
    SIZES[size],
  );
}

export function Input({
  inputSize,
  className,
  ...props
}: ComponentProps<"input"> & { inputSize?: keyof typeof SIZES }) {
  return <input {...props} className={cx(inputClass(inputSize), className)} />;
}

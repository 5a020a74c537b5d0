import type { ReactNode } from "react";
import { cx } from "./cx.ts";

type Option<T extends string> = { value: T; label: ReactNode; lang?: string; tone?: "note" };

type SegmentedProps<T extends string> = {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  className?: string;
};

/** One of few, all visible. */
export function Segmented<T extends string>({ label, value, options, onChange, className }: SegmentedProps<T>) {
  return (
    <fieldset className={cx("inline-flex shrink-0 gap-0.5 rounded-2 bg-surface-3 p-0.5", className)}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          lang={option.lang}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            "inline-flex h-8 items-center justify-center gap-1.5 whitespace-nowrap rounded-1 px-2 font-medium text-12 text-fg-2 md:h-6",
            "hover:text-fg",
            option.tone === "note"
              ? "aria-pressed:bg-note aria-pressed:text-note-text aria-pressed:shadow-[0_0_0_1px_var(--color-note-line)]"
              : "aria-pressed:bg-surface aria-pressed:text-fg aria-pressed:shadow-[0_0_0_1px_var(--color-line-2)]",
          )}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}

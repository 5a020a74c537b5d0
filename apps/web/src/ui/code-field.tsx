import { type Ref, useState } from "react";
import { cx } from "./cx.ts";

/** Of an authenticator app. */
export const CODE_DIGITS = 6;

type CodeFieldProps = {
  id?: string;
  value: string;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
  "aria-invalid"?: true;
  "aria-describedby"?: string;
  autoFocus?: boolean;
};

/** Digits in boxes over one field: pasting, autofill and screen readers meet a single input. */
export function CodeField({ value, onChange, ...control }: CodeFieldProps) {
  const [isFocused, setFocused] = useState(false);
  const at = Math.min(value.length, CODE_DIGITS - 1);
  return (
    <span className="relative inline-flex max-w-full align-top">
      <input
        {...control}
        value={value}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={CODE_DIGITS + 4}
        onChange={(event) => onChange(event.currentTarget.value.replace(/\D/g, "").slice(0, CODE_DIGITS))}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        className="peer absolute inset-0 z-10 w-full cursor-text bg-transparent text-16 text-transparent caret-transparent outline-none selection:bg-transparent"
      />
      <span aria-hidden className="flex min-w-0 gap-1.5 sm:gap-2">
        {Array.from({ length: CODE_DIGITS }, (_, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the boxes are places, not things
            key={index}
            className={cx(
              "grid h-12 w-11 min-w-0 shrink place-items-center rounded-2 border bg-surface font-semibold text-20",
              "num peer-disabled:bg-surface-3",
              control["aria-invalid"] ? "border-danger" : "border-control",
              isFocused && index === at && "outline-2 outline-focus -outline-offset-1",
            )}
          >
            {value[index] ?? (isFocused && index === at ? <span className="h-[22px] w-px bg-fg" /> : null)}
          </span>
        ))}
      </span>
    </span>
  );
}

import type { ReactNode } from "react";
import { cx } from "./cx.ts";

type Option<T extends string> = { value: T; label: string; hint?: string; detail?: ReactNode; disabled?: boolean };

type ChoiceProps<T extends string> = {
  label: string;
  name: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
};

/** One of few, each with a line about what it means. */
export function Choice<T extends string>({ label, name, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 block font-medium text-12 text-fg-2">{label}</legend>
      <div className="overflow-hidden rounded-2 border border-line">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              "grid min-h-[52px] grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-3 border-line px-3 py-1.5 not-first:border-t",
              "has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus",
              option.disabled ? "text-disabled" : "cursor-pointer has-checked:bg-accent-soft",
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled}
              onChange={() => onChange(option.value)}
              className="m-0 size-4 appearance-none rounded-full border border-control bg-surface outline-none checked:border-[5px] checked:border-accent disabled:border-line-2 disabled:bg-surface-3"
            />
            <span className="min-w-0">
              <span className="block font-medium">{option.label}</span>
              {option.hint ? <span className="block text-12 text-muted">{option.hint}</span> : null}
            </span>
            <span className="num text-12 text-muted">{option.detail}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

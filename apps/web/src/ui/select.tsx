import { ChevronDown } from "lucide-react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

type Option<T extends string> = { value: T; label: string };

type SelectProps<T extends string> = {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  /** `field`: as wide and as high as the inputs of a form. */
  look?: "small" | "field";
  /** The label stands above, as that of an input. */
  caption?: boolean;
  className?: string;
};

const LOOKS = {
  small: "h-8 border-line-2 font-medium text-12 max-md:h-10 md:h-7",
  field: "h-8 w-full border-control text-13 max-md:h-11",
} as const;

/** The browser's own list behind a small button: one of many, by keyboard, finger and screen reader alike. */
export function Select<T extends string>({
  label,
  value,
  options,
  onChange,
  look = "small",
  caption = false,
  className,
}: SelectProps<T>) {
  const box = (
    <span className={cx("relative inline-flex min-w-0 items-center", look === "field" && "w-full", className)}>
      <select
        aria-label={label}
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = options.find((option) => option.value === currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
        className={cx(
          "num min-w-0 max-w-full flex-1 appearance-none truncate rounded-2 border bg-surface pr-7 pl-2.5 text-fg hover:bg-surface-3 max-md:text-16",
          LOOKS[look],
        )}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon of={ChevronDown} size={12} className="pointer-events-none absolute right-2 text-fg-2" />
    </span>
  );
  if (!caption) return box;
  return (
    <span className="block min-w-0">
      <span aria-hidden className="mb-1.5 block font-medium text-12 text-fg-2">
        {label}
      </span>
      {box}
    </span>
  );
}

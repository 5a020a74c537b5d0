import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { cx } from "./cx.ts";
import { inputClass } from "./field.tsx";
import { Icon } from "./icon.tsx";

/** The value once it has stood still for `delayMs`. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

type SearchFieldProps = { label: string; value: string; onChange: (value: string) => void; className?: string };

/** Finds within the page. Escape empties it. */
export function SearchField({ label, value, onChange, className }: SearchFieldProps) {
  return (
    <search className={cx("relative flex items-center", className)}>
      <Icon of={Search} className="pointer-events-none absolute left-2.5 text-muted" />
      <input
        type="search"
        value={value}
        maxLength={200}
        placeholder={label}
        aria-label={label}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && onChange("")}
        className={cx(inputClass(), "border-line-2 pl-8 max-md:h-10")}
      />
    </search>
  );
}

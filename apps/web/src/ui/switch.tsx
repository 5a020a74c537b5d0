import type { ComponentProps } from "react";
import { cx } from "./cx.ts";

type SwitchProps = Omit<ComponentProps<"button">, "onChange" | "children"> & {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
};

/** 28 × 16 to see, 44 high to press. The state reads by the knob's place, not by colour alone. */
export function Switch({ checked, onChange, label, className, ...props }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      {...props}
      onClick={() => onChange(!checked)}
      className={cx("grid h-11 w-9 shrink-0 items-center justify-end rounded-2", className)}
    >
      <span className={cx("relative h-4 w-7 rounded-full transition-colors", checked ? "bg-accent" : "bg-control")}>
        <span
          className={cx(
            "absolute top-0.5 left-0.5 size-3 rounded-full transition-transform",
            checked ? "translate-x-3 bg-on-accent" : "bg-surface",
          )}
        />
      </span>
    </button>
  );
}

import { Check } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

type CheckboxProps = Omit<ComponentProps<"input">, "type" | "onChange"> & {
  /** Where no visible label is tied to it. */
  label?: string;
  onChange: (checked: boolean) => void;
};

/** The browser's own checkbox under a drawn one: 16 px to see, 32 to press, 44 where fingers do. */
export function Checkbox({ label, onChange, className, ...props }: CheckboxProps) {
  return (
    <span className={cx("relative inline-grid size-8 shrink-0 place-items-center max-md:size-11", className)}>
      <input
        {...props}
        type="checkbox"
        aria-label={label}
        onChange={(event) => onChange(event.currentTarget.checked)}
        className="peer absolute inset-0 m-0 cursor-pointer appearance-none rounded-1 outline-offset-[-6px] disabled:cursor-default"
      />
      <span className="pointer-events-none grid size-4 place-items-center rounded-1 border border-control bg-surface text-transparent peer-checked:border-accent peer-checked:bg-accent peer-checked:text-on-accent peer-disabled:border-line-2 peer-disabled:bg-surface-3 peer-checked:peer-disabled:border-control peer-checked:peer-disabled:bg-control">
        <Icon of={Check} size={12} />
      </span>
    </span>
  );
}

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

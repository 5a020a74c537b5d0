import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

type TipProps = { "data-tip": string; "data-tip-keys"?: string };

/** Names an icon for people who see it: spread on the element. It carries its accessible name itself. */
export function tip(label: string, keys?: string): TipProps {
  return { "data-tip": label, "data-tip-keys": keys };
}

const SIZES = {
  /** 24, inside chips and boxes. */
  sm: "size-6",
  /** 28 with a mouse, 40 where fingers press. */
  md: "size-10 md:size-7",
  touch: "size-11",
} as const;

/** Class names of an icon button, for a link or a menu's trigger that looks like one. */
export function iconButtonClass(size: keyof typeof SIZES = "md"): string {
  return cx(
    "inline-grid shrink-0 place-items-center rounded-2 text-fg-2 transition-colors hover:bg-surface-3 hover:text-fg",
    "aria-pressed:bg-surface-4 aria-pressed:text-fg data-popup-open:bg-surface-4 data-popup-open:text-fg",
    "disabled:cursor-default disabled:bg-transparent disabled:text-disabled",
    SIZES[size],
  );
}

type IconButtonProps = Omit<ComponentProps<"button">, "children"> & {
  icon: LucideIcon;
  /** The name: read aloud, and shown in a tooltip. */
  label: string;
  /** The key that does the same, shown in the tooltip. */
  keys?: string;
  size?: keyof typeof SIZES;
};

export function IconButton({ icon, label, keys, size = "md", className, ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      {...tip(label, keys)}
      {...props}
      className={cx(iconButtonClass(size), className)}
    >
      <Icon of={icon} size={size === "sm" ? 14 : 16} className={size === "md" ? "max-md:size-5" : ""} />
    </button>
  );
}

import type { LucideIcon } from "lucide-react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

/**
 * What an avatar says: the number at the end of a name that has one ("Demo customer 12" is 12), else the first letters
 * of the first two words, whole characters even outside the basic plane.
 */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/u).filter(Boolean);
  const last = words.at(-1);
  if (last && words.length > 1 && /^\d{1,3}$/.test(last)) return last;
  const letters = words.slice(0, 2).map((word) => Array.from(word)[0] ?? "");
  return letters.join("").toLocaleUpperCase() || "?";
}

const SIZES = {
  20: "size-5 text-[9px]",
  24: "size-6 text-10",
  28: "size-7 text-11",
  32: "size-8 text-12",
  36: "size-9 text-12",
  40: "size-10 text-14",
} as const;

type AvatarProps = {
  name: string;
  size?: keyof typeof SIZES;
  /** A dot; the word "online" has to be said elsewhere. */
  online?: boolean;
  /** Channel mark in the corner, 18 px. */
  mark?: LucideIcon;
  className?: string;
};

/** Initials or number on grey. Always beside the name it stands for, so silent. */
export function Avatar({ name, size = 36, online, mark, className }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={cx(
        "relative inline-grid shrink-0 select-none place-items-center rounded-full bg-surface-4 font-semibold text-fg-2 leading-none",
        SIZES[size],
        className,
      )}
    >
      {initials(name)}
      {mark ? (
        <span className="absolute -right-1 -bottom-[3px] grid size-[18px] place-items-center rounded-full bg-(--row-bg,var(--color-surface)) text-fg-2">
          <Icon of={mark} size={12} />
        </span>
      ) : null}
      {online ? (
        <span
          className={cx(
            "absolute size-2.5 rounded-full border-2 border-(--row-bg,var(--color-surface)) bg-success",
            mark ? "top-0 right-0" : "-right-px -bottom-px",
          )}
        />
      ) : null}
    </span>
  );
}

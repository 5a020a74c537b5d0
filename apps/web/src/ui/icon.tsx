import type { LucideIcon } from "lucide-react";
import { cx } from "./cx.ts";

/** Decoration beside a word, or inside a button that has a name of its own. Small ones need a heavier line to read the same. */
export function Icon({ of: Shape, size = 16, className }: { of: LucideIcon; size?: number; className?: string }) {
  return <Shape aria-hidden size={size} strokeWidth={size <= 12 ? 2 : 1.75} className={cx("shrink-0", className)} />;
}

import type { LucideIcon } from "lucide-react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

/** How a state is shown: its sign, and the class of its colour. */
export type StateLook = { icon: LucideIcon; tone: string };

/** How something stands, in a word. */
export function StateText({ look: { icon, tone }, text }: { look: StateLook; text: string }) {
  return (
    <span className={cx("num flex items-center gap-1.5 whitespace-nowrap text-12", tone)}>
      <Icon of={icon} size={14} />
      {text}
    </span>
  );
}

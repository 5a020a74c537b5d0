import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

const TONES = {
  neutral: "bg-surface-2 text-fg",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
} as const;

/** 36 px under a header: a state of the whole pane. */
export function Banner(props: {
  icon?: LucideIcon;
  tone?: keyof typeof TONES;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div
      role="status"
      className={cx(
        "flex min-h-9 shrink-0 items-center gap-2 border-line border-b px-4 py-1.5 text-13",
        TONES[props.tone ?? "neutral"],
      )}
    >
      {props.icon ? <Icon of={props.icon} /> : null}
      <span className="min-w-0 flex-1">{props.children}</span>
      {props.action}
    </div>
  );
}

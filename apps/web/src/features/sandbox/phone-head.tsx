import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";

/** The top of an app's screen. */
export function PhoneHead(props: { icon: LucideIcon; title: string; line: string; children?: ReactNode }) {
  return (
    <header className="flex shrink-0 items-center gap-2.5 border-line border-b px-3 pt-1 pb-2">
      <span aria-hidden className="grid size-8 shrink-0 place-items-center rounded-full bg-surface-4 text-fg-2">
        <Icon of={props.icon} />
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="truncate font-semibold text-13/[18px]">{props.title}</h3>
        <p className="truncate text-12/4 text-muted" title={props.line}>
          {props.line}
        </p>
      </div>
      {props.children}
    </header>
  );
}

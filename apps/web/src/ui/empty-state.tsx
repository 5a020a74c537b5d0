import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";

type EmptyStateProps = {
  icon: LucideIcon;
  /** One line of fact. */
  title: string;
  /** One line of what to do. */
  hint?: string;
  /** At most two buttons. */
  children?: ReactNode;
  role?: "alert" | "status";
};

export function EmptyState({ icon, title, hint, children, role }: EmptyStateProps) {
  return (
    <div role={role} className="grid min-h-0 flex-1 place-items-center p-6">
      <div className="flex max-w-[280px] flex-col items-center gap-1 text-center">
        <Icon of={icon} size={24} className="mb-2 text-muted" />
        <p className="font-semibold text-14">{title}</p>
        {hint ? <p className="text-muted">{hint}</p> : null}
        {children ? <div className="mt-3 flex flex-wrap justify-center gap-2">{children}</div> : null}
      </div>
    </div>
  );
}

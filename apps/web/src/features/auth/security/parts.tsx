import { useQueryClient } from "@tanstack/react-query";
import type { LucideIcon } from "lucide-react";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { showToast } from "../../../ui/toast-manager.ts";

/** Reads the page again and says what was done. */
export function useSecurityChanged() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return (said: string | null) => {
    void queryClient.invalidateQueries({ queryKey: trpc.auth.security.queryKey() });
    void queryClient.invalidateQueries({ queryKey: trpc.auth.sessions.list.queryKey() });
    if (said) showToast({ icon: Check, title: said });
  };
}

type WayRowProps = { icon: LucideIcon; title: string; hint: ReactNode; children?: ReactNode };

/** One way to sign in: what it is, how it stands, and what can be done with it. */
export function WayRow({ icon, title, hint, children }: WayRowProps) {
  return (
    <div className="grid min-h-12 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-x-3 py-1.5">
      <span className="grid size-7 place-items-center rounded-2 bg-surface-3 text-fg-2">
        <Icon of={icon} />
      </span>
      <span className="min-w-0">
        <span className="block font-medium">{title}</span>
        <span className="block text-12 text-muted">{hint}</span>
      </span>
      <span className="flex flex-wrap items-center justify-end gap-2">{children}</span>
    </div>
  );
}

/** What opens under a row instead of a dialog. */
export function WayPanel({ children }: { children: ReactNode }) {
  return <div className="mt-1 mb-3 rounded-3 border border-line bg-surface-2 p-4">{children}</div>;
}

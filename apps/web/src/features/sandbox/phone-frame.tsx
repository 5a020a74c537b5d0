import { type LucideIcon, Wifi, WifiOff } from "lucide-react";
import { useNow } from "next-intl";
import type { ReactNode } from "react";
import { useClock } from "../../i18n/use-time-text.ts";
import { Icon } from "../../ui/icon.tsx";

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

const MINUTE_MS = 60_000;

/** A phone: its clock, its signal, and one app. */
export function PhoneFrame({ children, isOnline, label }: { children: ReactNode; isOnline: boolean; label: string }) {
  const clock = useClock();
  const now = useNow({ updateInterval: MINUTE_MS });
  return (
    <section
      aria-label={label}
      className="relative mx-auto flex h-[min(660px,calc(100dvh-172px))] min-h-[440px] w-full max-w-[328px] flex-col overflow-hidden rounded-[24px] border border-line-2 bg-surface"
    >
      <div aria-hidden className="num flex h-8 shrink-0 items-center justify-between px-[18px] font-semibold text-13">
        <span>{clock(now)}</span>
        <Icon of={isOnline ? Wifi : WifiOff} size={14} />
      </div>
      {children}
    </section>
  );
}

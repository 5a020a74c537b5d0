"use client";

import { Wifi, WifiOff } from "lucide-react";
import { useFormatter, useNow } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";

const MINUTE_MS = 60_000;

/** A phone: its clock, its signal, and one app. */
export function PhoneFrame({ children, isOnline, label }: { children: ReactNode; isOnline: boolean; label: string }) {
  const format = useFormatter();
  const now = useNow({ updateInterval: MINUTE_MS });
  return (
    <section
      aria-label={label}
      className="relative mx-auto flex h-[min(660px,calc(100dvh-172px))] min-h-[440px] w-full max-w-[328px] flex-col overflow-hidden rounded-[24px] border border-line-2 bg-surface"
    >
      <div aria-hidden className="num flex h-8 shrink-0 items-center justify-between px-[18px] font-semibold text-13">
        <span>{format.dateTime(now, { hour: "numeric", minute: "2-digit" })}</span>
        <Icon of={isOnline ? Wifi : WifiOff} size={14} />
      </div>
      {children}
    </section>
  );
}

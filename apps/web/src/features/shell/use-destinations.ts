"use client";

import { useQuery } from "@tanstack/react-query";
import { FlaskConical, Inbox, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { useInboxCounts } from "../support/inbox/use-inbox-counts.ts";

export type Destination = { href: string; label: string; icon: LucideIcon; count: number };

/** Whether this installation has its simulated outside world switched on. */
function useHasSandbox(): boolean {
  const { data } = useQuery({
    queryKey: ["sandbox"],
    queryFn: async ({ signal }) => (await fetch("/sandbox/api/world", { signal })).ok,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return data ?? false;
}

/** Where one can go: only what exists. */
export function useDestinations(): Destination[] {
  const t = useTranslations("shell");
  const counts = useInboxCounts();
  const hasSandbox = useHasSandbox();
  const inbox = { href: "/inbox", label: t("inbox"), icon: Inbox, count: counts?.unread ?? 0 };
  const sandbox = { href: "/sandbox", label: t("sandbox"), icon: FlaskConical, count: 0 };
  return hasSandbox ? [inbox, sandbox] : [inbox];
}

"use client";

import { useQuery } from "@tanstack/react-query";
import { FlaskConical, Inbox, type LucideIcon, SlidersHorizontal } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMay } from "../auth/use-may.ts";
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

/** Where one can go: only what exists, and what the agent may see. */
export function useDestinations(): Destination[] {
  const t = useTranslations("shell");
  const counts = useInboxCounts();
  const hasSandbox = useHasSandbox();
  const may = useMay();
  const destinations: (Destination | false)[] = [
    may("support:read") && { href: "/inbox", label: t("inbox"), icon: Inbox, count: counts?.unread ?? 0 },
    hasSandbox && { href: "/sandbox", label: t("sandbox"), icon: FlaskConical, count: 0 },
    { href: "/settings", label: t("settings"), icon: SlidersHorizontal, count: 0 },
  ];
  return destinations.filter((destination) => destination !== false);
}

"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTRPC } from "../../../trpc/provider.tsx";
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

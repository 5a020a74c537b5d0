"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../trpc/provider.tsx";

/** The signed-in agent. Signed out, the provider leads to the sign-in page. */
export function useMe() {
  const trpc = useTRPC();
  return useQuery(trpc.auth.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }));
}

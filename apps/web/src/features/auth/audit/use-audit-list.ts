"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useTRPC } from "../../../trpc/provider.tsx";

/** Empty strings filter nothing. */
export type AuditFilter = { search: string; action: string };

/** What belongs in the address: the words, and the kind of entry. */
export function useAuditAddress() {
  return useQueryStates(
    { q: parseAsString.withDefault(""), action: parseAsString.withDefault("") },
    { history: "replace", shallow: true },
  );
}

export const filterInput = ({ search, action }: AuditFilter) => ({ search, ...(action ? { action } : {}) });

/** The record, newest first, page by page; read again whenever somebody looks at it. */
export function useAuditList(filter: AuditFilter) {
  const trpc = useTRPC();
  return useInfiniteQuery(
    trpc.auth.audit.list.infiniteQueryOptions(filterInput(filter), {
      getNextPageParam: (page) => page.nextCursor,
      staleTime: 0,
      refetchOnWindowFocus: true,
    }),
  );
}

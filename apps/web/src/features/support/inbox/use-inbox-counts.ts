"use client";

import { useQuery } from "@tanstack/react-query";
import { useMay } from "../../auth/use-may.ts";
import { useDesk } from "../desk-provider.tsx";
import { COUNTS_KEY } from "./inbox-cache.ts";

/** Conversations per view and unread messages; null until known. */
export function useInboxCounts() {
  const { client } = useDesk();
  const mayRead = useMay()("support:read");
  const { data } = useQuery({
    queryKey: COUNTS_KEY,
    enabled: mayRead,
    queryFn: async ({ signal }) => (await client.support.inbox.query({ view: "all", limit: 1 }, { signal })).counts,
  });
  return (mayRead && data) || null;
}

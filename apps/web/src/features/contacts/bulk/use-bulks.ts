import type { Bulk, BulkEvent, SaveBulkInput } from "@pult/api/chats/bulk/schema.ts";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { followPersistently } from "../../../trpc/follow.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

export const BULK_KEY = ["bulk"];
const PAGE_SIZE = 100;

/** Bulk messages of every account that the agent sees, the newest first. */
export function useBulks() {
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...BULK_KEY, "list"],
    queryFn: async ({ signal }) => (await client.chats.bulk.list.query({}, { signal })).items,
  });
}

/** Keeps them current, also when others change them. */
export function useBulkLogs(): void {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const ids =
    useAccounts()
      .accounts?.map(({ id }) => id)
      .join(" ") ?? "";
  useEffect(() => {
    const hear = () => void readAgain(queryClient, BULK_KEY);
    const stops = (ids === "" ? [] : ids.split(" ")).map((accountId) =>
      followPersistently<BulkEvent, unknown>(
        (input, handlers) => client.chats.bulk.onBulks.subscribe({ ...input, accountId }, handlers),
        { onEvent: hear, onPosition: hear, onRefused: hear },
      ),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, queryClient, ids]);
}

export type Shown = "all" | "queued" | "sent" | "failed" | "skipped";

/** Recipients in the order in which they are written to. */
export function useRecipients({ id, version }: Bulk, state: Shown) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: [...BULK_KEY, "recipients", id, version, state],
    queryFn: ({ pageParam, signal }) =>
      client.chats.bulk.recipients.query(
        { id, limit: PAGE_SIZE, after: pageParam, ...(state === "all" ? {} : { state }) },
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: ({ after }) => after,
  });
}

/** What can be done with a bulk message; each call's answer is read from the server. */
export function useBulkActions() {
  const t = useTranslations("bulk");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const settled = { onError: failed(t("failed")), onSettled: () => void readAgain(queryClient, BULK_KEY) };
  const { bulk } = client.chats;
  return {
    submit: useMutation({ mutationFn: ({ id, version }: Bulk) => bulk.submit.mutate({ id, version }), ...settled }),
    approve: useMutation({ mutationFn: ({ id, version }: Bulk) => bulk.approve.mutate({ id, version }), ...settled }),
    setState: useMutation({
      mutationFn: ({ id, state }: { id: string; state: "running" | "paused" | "cancelled" }) =>
        bulk.setState.mutate({ id, state }),
      ...settled,
    }),
    checkAgain: useMutation({ mutationFn: (of: Bulk) => bulk.save.mutate(contentOf(of)), ...settled }),
  };
}

/** A bulk message as it is saved. */
export const contentOf = ({ id, version, accountId, name, text, entities, source }: Bulk): SaveBulkInput => ({
  ...{ id, version, accountId, name, text, entities },
  ...source,
});

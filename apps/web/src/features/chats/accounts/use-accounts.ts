import type { Page, Session } from "@pult/api/chats/schema.ts";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain, readUnfinishedAgain } from "../../../trpc/read-again.ts";

export const ACCOUNTS_KEY = ["chats", "accounts"];
const MAX_ACCOUNTS = 100;
/** Linked by a colleague and shared, or unlinked elsewhere: announced nowhere. */
const REFETCH_MS = 30_000;

/** An account's state was told: the list follows at once. */
export function hearSession(queryClient: QueryClient, session: Session): void {
  const list = queryClient.getQueryData<Page<Session>>(ACCOUNTS_KEY);
  if (list && !list.items.some(({ id }) => id === session.id)) return void readAgain(queryClient, ACCOUNTS_KEY);
  queryClient.setQueryData<Page<Session>>(
    ACCOUNTS_KEY,
    (page) => page && { ...page, items: page.items.map((one) => (one.id === session.id ? session : one)) },
  );
  readUnfinishedAgain(queryClient, ACCOUNTS_KEY);
}

/** Linking goes on, or has never ended. */
export const isLinked = ({ status }: Session): boolean => status === "AUTHORIZED" || status === "EXPIRED";

/** Whether the account is the agent's own: one that others see may be shared by them, or with them, and only its owner is told with whom. */
export function useIsOwn({ id, isShared }: Session): boolean {
  const trpc = useTRPC();
  const shares = useQuery(
    trpc.chats.accounts.shares.queryOptions({ accountId: id }, { enabled: isShared, retry: false }),
  );
  return !isShared || shares.isSuccess;
}

/** The linked accounts, oldest first, each followed for its health. */
export function useAccounts() {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const query = useQuery({
    queryKey: ACCOUNTS_KEY,
    refetchInterval: REFETCH_MS,
    queryFn: ({ signal }) => client.chats.accounts.list.query({ limit: MAX_ACCOUNTS }, { signal }),
  });
  const accounts = query.data?.items.filter(isLinked);
  const ids = accounts?.map(({ id }) => id).join(" ") ?? "";
  useEffect(() => {
    const subscriptions = (ids === "" ? [] : ids.split(" ")).map((accountId) =>
      client.chats.onAccount.subscribe(
        { accountId },
        // The list is read again anyway.
        { onData: (session) => hearSession(queryClient, session), onError: () => {} },
      ),
    );
    return () => {
      for (const { unsubscribe } of subscriptions) unsubscribe();
    };
  }, [client, queryClient, ids]);
  return { ...query, accounts };
}

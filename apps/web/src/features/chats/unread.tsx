import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useTRPCClient } from "../../trpc/provider.tsx";
import { useMay } from "../auth/agent-context.tsx";

const UNREAD_KEY = ["chats", "unread"];

/** Follows what is unread in linked accounts for as long as the dashboard is open. */
export function UnreadChats({ children }: { children: ReactNode }) {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const mayRead = useMay()("chats:read");
  useEffect(() => {
    if (!mayRead) return;
    const { unsubscribe } = client.chats.onUnread.subscribe(undefined, {
      onData: (value) => void queryClient.setQueryData(UNREAD_KEY, value),
      // Comes back with the connection.
      onError: () => {},
    });
    return unsubscribe;
  }, [client, queryClient, mayRead]);
  return children;
}

/** Unread messages in chats that are not muted; 0 until known. */
export function useUnreadChats(): number {
  const { data } = useQuery<{ count: number }>({ queryKey: UNREAD_KEY, enabled: false });
  return data?.count ?? 0;
}

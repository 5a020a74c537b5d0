import type { InboxEvent, InboxPage } from "@pult/api/support/schema.ts";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { usePageConnection } from "../../trpc/connection.tsx";
import { followPersistently } from "../../trpc/follow.ts";
import { useTRPCClient } from "../../trpc/provider.tsx";
import { readAgain } from "../../trpc/read-again.ts";
import { registerUnsent } from "../../ui/new-version.ts";
import { useAgent, useMay } from "../auth/agent-context.tsx";
import { Desk } from "./desk.ts";
import { COUNTS_KEY, hearRow, INBOX_KEY, recountSoon } from "./inbox/inbox-cache.ts";

const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("useDesk outside of DeskProvider");
  return desk;
}

/** Follows the inbox for as long as the dashboard is open and the agent may read it. */
function useInboxLog(desk: Desk) {
  const queryClient = useQueryClient();
  const mayRead = useMay()("support:read");
  useEffect(() => {
    if (!mayRead) return;
    return followPersistently<InboxEvent, InboxPage>(
      (input, handlers) => desk.client.support.onInbox.subscribe(input, handlers),
      {
        onEvent: ({ conversation }) => {
          hearRow({ queryClient, desk, row: conversation });
          desk.openThread(conversation.id)?.applyRow(conversation);
        },
        // Lists asked for before the log was followed may lack what happened in between.
        onPosition: () => void readAgain(queryClient, INBOX_KEY),
        onRefused: () => void queryClient.invalidateQueries(),
      },
    );
  }, [desk, queryClient, mayRead]);
}

export function DeskProvider({ children }: { children: ReactNode }) {
  const agent = useAgent();
  const client = useTRPCClient();
  const connection = usePageConnection();
  const [desk] = useState(() => new Desk({ client, connection, agent }));
  useInboxLog(desk);
  // What an earlier visit left.
  useEffect(() => desk.sendQueue.flush(), [desk]);
  useEffect(() => registerUnsent(() => desk.sendQueue.items.getState().length > 0), [desk]);
  return <DeskContext value={desk}>{children}</DeskContext>;
}

/** Conversations per view and unread messages; null until known. */
export function useInboxCounts() {
  const { client, overlay } = useDesk();
  const queryClient = useQueryClient();
  const mayRead = useMay()("support:read");
  const { data } = useQuery({
    queryKey: COUNTS_KEY,
    enabled: mayRead,
    queryFn: async ({ signal }) => {
      const askedAt = overlay.clock;
      const { counts } = await client.support.inbox.query({ view: "all", limit: 1 }, { signal });
      if (overlay.clock !== askedAt) recountSoon(queryClient);
      return counts;
    },
  });
  return (mayRead && data) || null;
}

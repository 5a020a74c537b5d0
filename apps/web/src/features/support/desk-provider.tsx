"use client";

import type { InboxEvent, InboxPage } from "@pult/api/support/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { getConnection, setConnectionPhase, subscribeConnection } from "../../trpc/connection.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { useTRPCClient } from "../../trpc/provider.tsx";
import { Desk } from "./desk.ts";
import { hearRow, INBOX_KEY } from "./inbox/inbox-cache.ts";

const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("useDesk outside of DeskProvider");
  return desk;
}

/** Follows the inbox for as long as the dashboard is open; the state of that log is the state of the page. */
function useInboxLog(desk: Desk) {
  const queryClient = useQueryClient();
  useEffect(
    () =>
      followPersistently<InboxEvent, InboxPage>(
        (input, handlers) => desk.client.support.onInbox.subscribe(input, handlers),
        {
          onEvent: ({ conversation }) => {
            hearRow({ queryClient, desk, row: conversation });
            desk.openThread(conversation.id)?.applyRow(conversation);
          },
          // Lists asked for before the log was followed may lack what happened in between.
          onPosition: () => void queryClient.invalidateQueries({ queryKey: INBOX_KEY }),
          onState: setConnectionPhase,
          onRefused: () => void queryClient.invalidateQueries(),
        },
      ),
    [desk, queryClient],
  );
}

/** What waits goes out as soon as the connection is back. */
function useOutboxFlush(desk: Desk) {
  useEffect(() => {
    const flush = () => {
      if (getConnection().phase === "live") desk.outbox.flush();
    };
    flush();
    return subscribeConnection(flush);
  }, [desk]);
}

export function DeskProvider({ agent, children }: { agent: { id: string; name: string }; children: ReactNode }) {
  const client = useTRPCClient();
  const [desk] = useState(() => new Desk(client, agent));
  useInboxLog(desk);
  useOutboxFlush(desk);
  return <DeskContext value={desk}>{children}</DeskContext>;
}

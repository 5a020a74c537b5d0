import { useMemo } from "react";
import { usePageConnection } from "../../../trpc/connection.tsx";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import type { TradingPort } from "../room-store.ts";

/** The API by the agent's own session. */
export function useDeskPort(): TradingPort {
  const client = useTRPCClient();
  const online = usePageConnection();
  return useMemo(
    () => ({ withSession: (call) => call(client), follow: (follower) => follower(client), online }),
    [client, online],
  );
}

import type { CrmEvent } from "@pult/api/crm/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { followPersistently } from "../../../trpc/follow.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { hearCrmEvent, readCrmAgain } from "./records-cache.ts";

/** Keeps what is shown of the CRM current. @param onEvent hears of each event after it was put into what is shown */
export function useCrmLog(onEvent?: (event: CrmEvent) => void): void {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const listener = useRef(onEvent);
  listener.current = onEvent;
  useEffect(
    () =>
      followPersistently<CrmEvent, unknown>((input, handlers) => client.chats.onRecords.subscribe(input, handlers), {
        onEvent(event) {
          hearCrmEvent(queryClient, event);
          listener.current?.(event);
        },
        // What was read before the log was followed may lack what happened in between.
        onPosition: () => readCrmAgain(queryClient),
        onRefused: () => readCrmAgain(queryClient),
      }),
    [client, queryClient],
  );
}

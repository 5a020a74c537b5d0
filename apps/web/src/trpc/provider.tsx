import type { AppRouter } from "@pult/api/root.ts";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, useState } from "react";
import { createWebClient } from "./client.ts";
import { ConnectionProvider } from "./connection.tsx";
import { isSoonOver, retryDelayMs, toFailure } from "./failure.ts";

const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

export { useTRPC, useTRPCClient };

const MAX_RETRIES = 2;

function createQueryClient(onSignedOut: () => void): QueryClient {
  const client: QueryClient = new QueryClient({
    // What a call may have changed of the account and the team, the open page reads again.
    mutationCache: new MutationCache({ onSettled: () => void client.invalidateQueries({ queryKey: [["auth"]] }) }),
    queryCache: new QueryCache({
      onError: (error) => {
        if (toFailure(error).kind === "signedOut") onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        // Screens are kept current by the logs they follow, not by asking again.
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < MAX_RETRIES && isSoonOver(toFailure(error)),
        retryDelay: (failures, error) => retryDelayMs(toFailure(error), failures),
      },
      // A mutation without network fails at once and says so; what may wait is kept by the send queue.
      mutations: { networkMode: "always" },
    },
  });
  return client;
}

type ApiProviderProps = {
  /** The session is over or never was. */
  onSignedOut: () => void;
  /** Asks the agent to re-authenticate, where a call needs it. */
  onConfirm?: () => Promise<boolean>;
  children: ReactNode;
};

/** The dashboard's typed API, its cache and its connection. */
export function ApiProvider({ onSignedOut, onConfirm, children }: ApiProviderProps) {
  const [queryClient] = useState(() => createQueryClient(onSignedOut));
  const [{ api, connection }] = useState(() => createWebClient(onConfirm ? { confirm: onConfirm } : {}));
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={api} queryClient={queryClient}>
        <ConnectionProvider connection={connection}>{children}</ConnectionProvider>
      </TRPCProvider>
    </QueryClientProvider>
  );
}

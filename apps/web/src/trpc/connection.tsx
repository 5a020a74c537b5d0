import type { Connection } from "@pult/api/connection/connection.ts";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { INITIAL_PHASE, type Phase, showPhase } from "./phase.ts";

const ConnectionContext = createContext<Connection | null>(null);
const PhaseContext = createContext<Phase>(INITIAL_PHASE);

export function ConnectionProvider({ connection, children }: { connection: Connection; children: ReactNode }) {
  const [phase, setPhase] = useState(INITIAL_PHASE);
  useEffect(() => showPhase(connection, setPhase), [connection]);
  return (
    <ConnectionContext value={connection}>
      <PhaseContext value={phase}>{children}</PhaseContext>
    </ConnectionContext>
  );
}

export function usePageConnection(): Connection {
  const connection = useContext(ConnectionContext);
  if (!connection) throw new Error("usePageConnection outside of ConnectionProvider");
  return connection;
}

/** How current the page is. */
export const useConnection = (): Phase => useContext(PhaseContext);

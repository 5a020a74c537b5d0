import type { Connection } from "@pult/api/connection/connection.ts";
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import { INITIAL_PHASE, type Phase, showPhase } from "./phase.ts";

type PageConnection = { connection: Connection; phase: PhaseStore };

const ConnectionContext = createContext<PageConnection | null>(null);

/** The phase, while a component shows it. */
class PhaseStore {
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | null = null;
  #current: Phase = INITIAL_PHASE;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  readonly get = (): Phase => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#stop ??= showPhase(this.#connection, (phase) => {
      this.#current = phase;
      for (const each of this.#listeners) each();
    });
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = null;
    };
  };
}

export function ConnectionProvider({ connection, children }: { connection: Connection; children: ReactNode }) {
  const value = useMemo(() => ({ connection, phase: new PhaseStore(connection) }), [connection]);
  return <ConnectionContext value={value}>{children}</ConnectionContext>;
}

function usePage(): PageConnection {
  const page = useContext(ConnectionContext);
  if (!page) throw new Error("useConnection outside of ConnectionProvider");
  return page;
}

/** The page's connection itself. */
export const usePageConnection = (): Connection => usePage().connection;

/** How current the page is. */
export function useConnection(): Phase {
  const { phase } = usePage();
  return useSyncExternalStore(phase.subscribe, phase.get, () => INITIAL_PHASE);
}

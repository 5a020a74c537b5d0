import type { Connection, LiveState } from "@pult/api/connection/connection.ts";

export type ConnectionPhase = "connecting" | LiveState;

export type Phase = {
  phase: ConnectionPhase;
  /** Epoch milliseconds of the last change of phase. */
  since: number;
};

/** A shorter cut is not shown. */
const GRACE_MS = 1_200;
/** The first connection may take longer before the page calls itself offline. */
const FIRST_GRACE_MS = 5_000;

export const INITIAL_PHASE: Phase = { phase: "connecting", since: 0 };

/**
 * The connection as a page shows it: without states that pass too quickly to be read.
 * @param show called at every change, starting from `INITIAL_PHASE`
 * @param isOnline what the browser knows of the network: a cable that is out is shown at once
 * @returns the way to stop
 */
export function showPhase(
  connection: Pick<Connection, "get" | "subscribe">,
  show: (phase: Phase) => void,
  isOnline: () => boolean = () => navigator.onLine,
): () => void {
  let current = INITIAL_PHASE;
  let grace: ReturnType<typeof setTimeout> | undefined;
  let cutAt = 0;

  function become(phase: LiveState): void {
    clearTimeout(grace);
    grace = undefined;
    if (phase === "live") cutAt = 0;
    if (phase === current.phase) return;
    current = { phase, since: phase === "offline" ? cutAt : Date.now() };
    show(current);
  }

  function look(): void {
    const { state } = connection.get();
    if (state === "offline") cutAt ||= Date.now();
    const isCalm = current.phase === "live" || current.phase === "connecting";
    const mayPass = isCalm && state !== "live" && (state !== "offline" || isOnline());
    const graceMs = current.phase === "live" ? GRACE_MS : FIRST_GRACE_MS;
    if (mayPass) grace ??= setTimeout(() => become(connection.get().state), graceMs);
    else become(state);
  }

  const leave = connection.subscribe(look);
  look();
  return () => {
    clearTimeout(grace);
    leave();
  };
}

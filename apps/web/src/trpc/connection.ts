"use client";

import { useSyncExternalStore } from "react";

export type ConnectionPhase = "connecting" | "live" | "catchingUp" | "offline";
export type Connection = {
  phase: ConnectionPhase;
  /** Epoch milliseconds of the last change of phase. */
  since: number;
};

let current: Connection = { phase: "connecting", since: 0 };
const listeners = new Set<() => void>();

/** Told by whoever follows the page's main log: its state is the page's state. */
export function setConnectionPhase(phase: ConnectionPhase) {
  if (phase === current.phase) return;
  current = { phase, since: Date.now() };
  for (const listener of listeners) listener();
}

/** For what is not a component; returns the way to stop. */
export function subscribeConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const getConnection = () => current;
const INITIAL = current;

/** How current the page is. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribeConnection, getConnection, () => INITIAL);
}

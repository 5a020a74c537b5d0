"use client";

import { useSyncExternalStore } from "react";

export type ConnectionPhase = "connecting" | "live" | "catchingUp" | "offline";
export type Connection = {
  phase: ConnectionPhase;
  /** Epoch milliseconds of the last change of phase. */
  since: number;
};

/** A cut shorter than this is nobody's business. */
const GRACE_MS = 1_200;
/** The first connection may take longer before the page calls itself offline. */
const FIRST_GRACE_MS = 5_000;

const INITIAL: Connection = { phase: "connecting", since: 0 };
let current = INITIAL;
let pending: ReturnType<typeof setTimeout> | undefined;
let cutAt = 0;
const listeners = new Set<() => void>();

function become(phase: ConnectionPhase, since: number) {
  if (phase === current.phase) return;
  current = { phase, since };
  for (const listener of listeners) listener();
}

/** Told by whoever follows the page's main log: its state is the page's state. */
export function setConnectionPhase(phase: "live" | "catchingUp" | "offline") {
  if (phase === "live") {
    clearTimeout(pending);
    cutAt = 0;
    return become("live", Date.now());
  }
  if (phase === "catchingUp" && current.phase === "offline") return become("catchingUp", Date.now());
  if (current.phase !== "live" && current.phase !== "connecting") {
    if (phase === "offline") become("offline", cutAt || Date.now());
    return;
  }
  if (cutAt !== 0) return;
  cutAt = Date.now();
  const grace = current.phase === "connecting" ? FIRST_GRACE_MS : GRACE_MS;
  pending = setTimeout(() => become("offline", cutAt), grace);
}

/** For what is not a component; returns the way to stop. */
export function subscribeConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const getConnection = () => current;

/** How current the page is. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribeConnection, getConnection, () => INITIAL);
}

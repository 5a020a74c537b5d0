import type { ReconnectingSocket } from "./reconnecting-socket.ts";
import { type Sign, type SyncState, SyncTracker } from "./sync-tracker.ts";

/** `live`: everything that happened has been heard, as the server's heartbeats prove; `catchingUp`: what was missed is on its way. */
export type LiveState = "live" | "catchingUp" | "offline";

export interface ConnectionStatus {
  state: LiveState;
  /** Unix ms of the last change of state. */
  since: number;
}

/** How current a client is. */
export interface Connection {
  get(): ConnectionStatus;
  /** Calls back at every change. Returns the way to stop. */
  subscribe(listener: (status: ConnectionStatus) => void): () => void;
  /** Proves the connection now, or reconnects now, instead of when the backoff allows. */
  wake(): void;
  /** Makes the connection anew, for example because the token it was opened with has changed. */
  reconnect(): void;
}

/** One subscription, as its messages pass by. */
export interface SubscriptionWatch {
  /** The socket under it came or went. */
  reopened(): void;
  started(): void;
  heard(value: unknown): void;
  ended(): void;
  /** The server ended it for a reason that may pass: its reader will ask again soon, and is not current until then. */
  broke(): void;
}

export interface WatchedConnection extends Connection {
  watchSubscription(): SubscriptionWatch;
}

/** What a subscription may end with and be asked for again. */
const TRANSIENT = new Set(["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"]);

/** Whether an error that ends a subscription may pass. */
export const endsForNow = (code: string | undefined): boolean => TRANSIENT.has(code ?? "INTERNAL_SERVER_ERROR");

/** What was broken off is asked for again within this time, or not at all. */
const ASK_AGAIN_MS = 5_000;

/** Says how current a client is, from its line and from what every subscription on it has proved. */
export function watchConnection(
  line: Pick<ReconnectingSocket, "isOpen" | "onChange" | "prove" | "reconnect">,
): WatchedConnection {
  const logs = new Map<object, SyncState>();
  const listeners = new Set<(status: ConnectionStatus) => void>();
  let status: ConnectionStatus = { state: "offline", since: Date.now() };

  function look(): void {
    const isCurrent = [...logs.values()].every((standing) => standing === "current");
    const state: LiveState = line.isOpen ? (isCurrent ? "live" : "catchingUp") : "offline";
    if (state === status.state) return;
    status = { state, since: Date.now() };
    for (const listener of [...listeners]) listener(status);
  }

  line.onChange(look);
  return {
    get: () => status,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wake: () => line.prove(),
    reconnect: () => line.reconnect(),
    watchSubscription() {
      const set = (standing: SyncState) => {
        logs.set(proof, standing);
        look();
      };
      // Something new to follow takes nothing away from what is current already.
      const standing = status.state === "live" ? "current" : "open";
      const proof = new SyncTracker({ onChange: set, onSilence: () => line.reconnect(), standing });
      set(standing);
      function ended(): void {
        proof.stop();
        if (logs.delete(proof)) look();
      }
      return {
        reopened() {
          if (status.state !== "live") proof.reopen();
        },
        started: () => proof.started(),
        heard(value) {
          const sign = signOf(value);
          if (sign) proof.read(sign);
        },
        ended,
        broke() {
          proof.reopen();
          setTimeout(ended, ASK_AGAIN_MS);
        },
      };
    },
  };
}

/** What a delivered value says about a log; null when it is no log's. */
export function signOf(value: unknown): Sign | null {
  if (typeof value !== "object" || value === null) return null;
  const { type, head, id, data } = value as Record<string, unknown>;
  if (type === "heartbeat" && typeof head === "string") return { type, head };
  if (typeof id !== "string" || typeof data !== "object" || data === null) return null;
  const inner = data as Record<string, unknown>;
  if (inner.type === "position") return { type: "position", id, recovered: inner.recovered === true };
  return { type: "event", id };
}

/** What a log subscription delivers: tracked `{ id, data }`, or an untracked heartbeat. */
type Delivered<Event> = { id: string; data: Event } | { type: "heartbeat"; head: string };

interface Subscription {
  unsubscribe(): void;
}

interface SubscriptionHandlers<Event> {
  onData(value: Delivered<Event>): void;
  onError(error: Error): void;
  onConnectionStateChange(change: { state: "idle" | "connecting" | "pending" }): void;
}

/** `client.support.onInbox.subscribe` and its like, bound to their other input. */
export type SubscribeLog<Event> = (
  input: { lastEventId: string | null },
  handlers: SubscriptionHandlers<Event>,
) => Subscription;

type Positioned<Snapshot> = { type: "position"; recovered: boolean; snapshot?: Snapshot | undefined };

export type LiveState = "live" | "catchingUp" | "offline";

export interface FollowHandlers<Event, Snapshot> {
  /** What happened, in order, each once. */
  onEvent(event: Event, id: string): void;
  /** Start here: at the first connection without a snapshot (read the state now), later with one when the log could not be continued. */
  onPosition(snapshot: Snapshot | null): void;
  onState?(state: LiveState): void;
  /** The server ended the subscription with an error, for example because the right to read was lost. */
  onError?(error: Error): void;
}

/**
 * Follows a log for as long as the caller wants, across cuts and restarts. It keeps the position itself, because tRPC's own client forgets
 * its `lastEventId` whenever an event without one (a heartbeat) arrives.
 * @returns stop
 */
export function followLog<Event extends { type: string }, Snapshot>(
  subscribe: SubscribeLog<Event | Positioned<Snapshot>>,
  handlers: FollowHandlers<Exclude<Event, { type: "position" }>, Snapshot>,
): () => void {
  let lastId: string | null = null;
  let current: Subscription | null = null;
  let stopped = false;
  let generation = 0;

  const sameEpoch = (a: string, b: string) => a.split(":")[0] === b.split(":")[0];
  const offsetOf = (id: string) => Number(id.split(":")[1]);

  function open(): void {
    const mine = ++generation;
    current = subscribe(
      { lastEventId: lastId },
      {
        onData(value) {
          if (mine === generation && !stopped) receive(value);
        },
        onError(error) {
          if (mine === generation && !stopped) handlers.onError?.(error);
        },
        onConnectionStateChange({ state }) {
          if (mine !== generation || stopped) return;
          handlers.onState?.(state === "pending" ? "catchingUp" : "offline");
        },
      },
    );
  }

  /** The stock client reconnected without saying where we were: ask again with the position. */
  function reopenFromLast(): void {
    const old = current;
    open();
    old?.unsubscribe();
  }

  function receive(value: Delivered<Event | Positioned<Snapshot>>): void {
    if (!("id" in value)) {
      handlers.onState?.("live");
      return;
    }
    const { id, data } = value;
    if (data.type === "position") {
      receivePosition(id, data as Positioned<Snapshot>);
      return;
    }
    if (lastId && sameEpoch(lastId, id) && offsetOf(id) <= offsetOf(lastId)) return;
    lastId = id;
    handlers.onEvent(data as Exclude<Event, { type: "position" }>, id);
  }

  function receivePosition(id: string, position: Positioned<Snapshot>): void {
    if (position.recovered && lastId !== null && id !== lastId) {
      reopenFromLast();
      return;
    }
    const first = lastId === null;
    lastId = id;
    if (!position.recovered) handlers.onPosition(position.snapshot ?? null);
    else if (first) handlers.onPosition(null);
    handlers.onState?.("live");
  }

  open();
  return () => {
    stopped = true;
    current?.unsubscribe();
  };
}

import { covers } from "./connection/sync-tracker.ts";

/** What a log subscription delivers: tracked `{ id, data }`, or an untracked heartbeat. */
type Delivered<Event> = { id: string; data: Event } | { type: "heartbeat"; head: string };

interface Subscription {
  unsubscribe(): void;
}

interface SubscriptionHandlers<Event> {
  onData(value: Delivered<Event>): void;
  onError(error: Error): void;
}

/** `client.support.onInbox.subscribe` and its like, bound to their other input. */
export type SubscribeLog<Event> = (
  input: { lastEventId: string | null },
  handlers: SubscriptionHandlers<Event>,
) => Subscription;

type Positioned<Snapshot> = { type: "position"; recovered: boolean; snapshot?: Snapshot | undefined };

export interface FollowHandlers<Event, Snapshot> {
  /** What happened, in order, each once. */
  onEvent(event: Event, id: string): void;
  /** Start here: at the first connection without a snapshot (read the state now), later with one when the log could not be continued. */
  onPosition(snapshot: Snapshot | null): void;
  /** The server ended the subscription with an error, for example because the right to read was lost. */
  onError?(error: Error): void;
}

/**
 * Follows a log for as long as the caller wants, across cuts and restarts. It keeps the position itself and asks again from it whenever the
 * server says more than was heard: after a heartbeat whose head is further on, or a new beginning that is not where we were.
 * @returns stop
 */
export function followLog<Event extends { type: string }, Snapshot>(
  subscribe: SubscribeLog<Event | Positioned<Snapshot>>,
  handlers: FollowHandlers<Exclude<Event, { type: "position" }>, Snapshot>,
): () => void {
  let lastId: string | null = null;
  let current: Subscription | null = null;
  let generation = 0;

  function open(): void {
    const mine = ++generation;
    current = subscribe(
      { lastEventId: lastId },
      {
        onData(value) {
          if (mine === generation) receive(value);
        },
        onError(error) {
          if (mine === generation) handlers.onError?.(error);
        },
      },
    );
  }

  function reopenFromLast(): void {
    const old = current;
    open();
    old?.unsubscribe();
  }

  function receive(value: Delivered<Event | Positioned<Snapshot>>): void {
    if (!("id" in value)) {
      if (lastId !== null && !covers(lastId, value.head)) reopenFromLast();
      return;
    }
    const { id, data } = value;
    if (data.type === "position") {
      receivePosition(id, data as Positioned<Snapshot>);
      return;
    }
    if (lastId && covers(lastId, id)) return;
    lastId = id;
    handlers.onEvent(data as Exclude<Event, { type: "position" }>, id);
  }

  function receivePosition(id: string, { recovered, snapshot }: Positioned<Snapshot>): void {
    if (recovered && lastId !== null && id !== lastId) {
      reopenFromLast();
      return;
    }
    const first = lastId === null;
    lastId = id;
    if (!recovered) handlers.onPosition(snapshot ?? null);
    else if (first) handlers.onPosition(null);
  }

  open();
  return () => {
    generation++;
    current?.unsubscribe();
  };
}

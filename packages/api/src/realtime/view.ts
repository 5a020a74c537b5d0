import type { Actor } from "../actor.ts";

interface Following {
  topic: string;
  /** Whether the actor may still follow it. */
  mayRead(actor: Actor): boolean;
  /** Called when a reader joins. @returns called once when the reader leaves */
  entered?(): () => void;
}

/** A log as one kind of reader sees it. */
export interface LogView<Event, Snapshot> extends Following {
  kind: "log";
  /** Readers of one topic with the same viewer see the same, so an event is presented and encoded once for all of them. */
  viewer: string;
  /** Shows a stored event; null where `Event` allows it: this kind of reader is not told of it. */
  present(payload: unknown): Event;
  /** Calls when these readers see otherwise than before: they begin again. @returns stop */
  changes?(begin: () => void): () => void;
  /** Unix ms from when an event is shown otherwise than before; absent or null for one that never is. */
  shownUntil?(payload: unknown): number | null;
  /** Who reads, where it is counted whom an event reaches. */
  reader?: string | null;
  /** Told of each event that was written to readers as it happened, each named once. */
  delivered?(payload: unknown, readers: ReadonlySet<string>): void;
  /** The state to start from when the asked-for position cannot be continued. */
  snapshot(): Promise<Snapshot>;
}

/** A latest-value topic as its readers see it. */
export interface LatestView<Value> extends Following {
  kind: "latest";
  /** The present value, for a reader who joins; absent when silence means nothing. */
  newest?(): Value | null;
  /** The same where it has to be read; done after joining, so that no change in between is missed. */
  read?(): Promise<Value>;
  /** Where values come from when not from the bus. */
  subscribe?(listener: (value: Value) => void): () => void;
  /** The reader, and the reader a value is not meant for: readers do not get their own values. */
  reader: string | null;
  /** What a value is the newest of, where the topic has several things; absent where it has one. A busy reader misses none of them. */
  subjectOf?(value: Value): string;
  notFor?(value: Value): string | null;
}

/**
 * What a subscription hands to a transport that fans out by itself: the transport takes the reader over and delivers exactly what the
 * step-by-step stream would.
 */
export class Attachment {
  readonly view: LogView<unknown, unknown> | LatestView<unknown>;
  readonly lastEventId: string | null;

  constructor(view: LogView<unknown, unknown> | LatestView<unknown>, lastEventId: string | null) {
    this.view = view;
    this.lastEventId = lastEventId;
  }
}

/** An event of a log topic as it was stored. */
export interface LogEntry {
  epoch: string;
  offset: number;
  payload: unknown;
  /** Unix ms by the clock of the node that published it; absent when it was published here or read from the database. */
  publishedAt?: number;
}

/** `alone`: no other node is expected; `away`: there may be others, and what they say does not arrive now. */
export type BusState = "alone" | "connected" | "away";

/** Other nodes and clients would be told nothing at all. @throws TypeError for a value that JSON does not know */
export function assertValue(topic: string, value: unknown): void {
  if (value === undefined) throw new TypeError(`The newest value of ${topic} is undefined`);
}

/** Carries what was committed to the followers. Delivery is a hint: a log reader finds gaps by offset and reads them from the database. */
export interface Bus {
  /** Local listeners are called before it returns; nothing that happens to other nodes is ever thrown or waited for. */
  publishLog(topic: string, entries: readonly LogEntry[]): void;
  subscribeLog(topic: string, listener: (entry: LogEntry) => void): () => void;
  /** Newest value only; nothing is stored. @throws TypeError for a value that JSON does not know */
  publishLatest(topic: string, value: unknown): void;
  subscribeLatest(topic: string, listener: (value: unknown) => void): () => void;
  /**
   * Calls back when events of other nodes may have been missed and their new ones arrive again: time for log readers to read on. Names the
   * log topics it is about, each once after it was subscribed, because what others publish arrives only from then on; null is all.
   */
  onGap(listener: (topics: readonly string[] | null) => void): () => void;
  readonly state: BusState;
}

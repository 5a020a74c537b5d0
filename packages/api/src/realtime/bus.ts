/** An event of a log topic as it was stored. */
export interface LogEntry {
  epoch: string;
  offset: number;
  payload: unknown;
}

/** Carries what was committed to whoever follows. Delivery is a hint: a log reader finds gaps by offset and reads them from the database. */
export interface Bus {
  publishLog(topic: string, entries: readonly LogEntry[]): void;
  subscribeLog(topic: string, listener: (entry: LogEntry) => void): () => void;
  /** Newest value only; nothing is stored. */
  publishLatest(topic: string, value: unknown): void;
  subscribeLatest(topic: string, listener: (value: unknown) => void): () => void;
}

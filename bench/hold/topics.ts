/** What every event carries: its number, and when it was meant to be sent. */
export interface Numbered {
  seq: number;
  /** Unix ms, with fractions. */
  at: number;
}

/** Topics of the hold benchmark: how often each falls due, and whether every single event counts. */
export const TOPICS = {
  status: { kind: "latest", everyMs: 1_000 },
  price: { kind: "latest", everyMs: 500 },
  messages: { kind: "log", everyMs: 1_000 },
} as const;
export type TopicName = keyof typeof TOPICS;

/** Signs the tokens of the benchmark's customers. */
export const SECRET = "a secret of the benchmark, 32 bytes long";

export const preciseNow = (): number => performance.timeOrigin + performance.now();

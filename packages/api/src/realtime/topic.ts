import type { z } from "zod";

/** A log topic, declared once in its slice's `events.ts`: every event is stored with the topic's next offset. */
export interface LogTopic<Key, Event> {
  readonly kind: "log";
  readonly event: z.ZodType<Event>;
  /** Newest events kept per topic; an older position answers `recovered: false`. */
  readonly retention: number;
  name(key: Key): string;
}

/** A latest-value topic: only the newest value matters and nothing is stored. */
export interface LatestTopic<Key, Value> {
  readonly kind: "latest";
  readonly value: z.ZodType<Value>;
  name(key: Key): string;
}

export function declareLog<Key extends string | number, Event>(
  prefix: string,
  options: { event: z.ZodType<Event>; retention?: number },
): LogTopic<Key, Event> {
  return {
    kind: "log",
    event: options.event,
    retention: options.retention ?? 1_000,
    name: (key) => `${prefix}:${key}`,
  };
}

export function declareLatest<Key extends string | number, Value>(
  prefix: string,
  options: { value: z.ZodType<Value> },
): LatestTopic<Key, Value> {
  return { kind: "latest", value: options.value, name: (key) => `${prefix}:${key}` };
}

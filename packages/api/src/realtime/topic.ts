import type { z } from "zod";
import type { Actor } from "../actor.ts";

interface Declared<Key> {
  /** Whether the actor may follow the topic of this key; asked again when their rights change. */
  mayRead(actor: Actor, key: Key): boolean;
  name(key: Key): string;
}

/** A log topic, declared once in its slice's `events.ts`: every event is stored with the topic's next offset. */
export interface LogTopic<Key, Event> extends Declared<Key> {
  readonly prefix: string;
  readonly event: z.ZodType<Event>;
  /** Newest events kept per topic; an older position answers `recovered: false`. */
  readonly retention: number;
}

/** A latest-value topic: only the newest value matters and nothing is stored. */
export interface LatestTopic<Key, Value> extends Declared<Key> {
  readonly value: z.ZodType<Value>;
}

type ReaderRule<Key> = (actor: Actor, key: Key) => boolean;

export function declareLog<Key extends string | number, Event>(
  prefix: string,
  options: { event: z.ZodType<Event>; mayRead: ReaderRule<Key>; retention?: number },
): LogTopic<Key, Event> {
  const { event, mayRead, retention = 1_000 } = options;
  return { prefix, event, retention, mayRead, name: (key) => `${prefix}:${key}` };
}

export function declareLatest<Key extends string | number, Value>(
  prefix: string,
  options: { value: z.ZodType<Value>; mayRead: ReaderRule<Key> },
): LatestTopic<Key, Value> {
  const { value, mayRead } = options;
  return { value, mayRead, name: (key) => `${prefix}:${key}` };
}

/** Only Pult itself follows the topic. */
export const internalOnly = (): boolean => false;

import { z } from "zod";
import { formatPosition, type Position, parsePosition } from "../../realtime/position.ts";
import { workflowsError } from "../errors.ts";

/** A place in several logs: everything up to there has been read. */
export interface Cursor {
  /** When it was made, Unix ms by the database's clock: a log that it does not name is read from there. */
  at: number;
  /** By topic: `epoch:offset`. */
  positions: Readonly<Record<string, string>>;
}

const MAX_TOPICS = 5_000;

export const cursor = z.object({
  at: z.int().min(0).max(4_102_444_800_000),
  positions: z
    .record(
      z.string().max(200),
      z.string().refine((text) => parsePosition(text) !== null),
    )
    .refine((positions) => Object.keys(positions).length <= MAX_TOPICS),
});

export const formatCursor = (place: Cursor): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** @throws DomainError `VALIDATION` for what is no cursor */
export function parseCursor(text: string): Cursor {
  try {
    return cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch (cause) {
    throw workflowsError("cursorInvalid", {}, { cause });
  }
}

/** How old the time of a place that is kept gets: accounts that its reader sees since are read from there. */
export const KEPT_MS = 60_000;

/** Whether nothing was told between two places. */
export const isSamePlace = (one: Cursor, other: Cursor): boolean => {
  const topics = Object.keys(one.positions);
  return (
    topics.length === Object.keys(other.positions).length &&
    topics.every((topic) => one.positions[topic] === other.positions[topic])
  );
};

/** Whether a place is the end of these logs, as it was read for all readers at once, and new enough to be kept. */
export const isAtEnd = (place: Cursor, topics: readonly string[], ends: ReadonlyMap<string, Position>): boolean =>
  Date.now() - place.at < KEPT_MS &&
  topics.every((topic) => {
    const end = ends.get(topic);
    return end !== undefined && place.positions[topic] === formatPosition(end);
  });

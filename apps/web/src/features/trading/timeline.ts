import type { RoomEvent, RoomState } from "@pult/api/trading/schema.ts";
import {
  boundOf,
  comparePlaces,
  formatBound,
  isListed,
  type Place,
  pageOf,
  placeOf,
} from "@pult/api/trading/timeline/order.ts";

/** A line of a room's one timeline. Its key stays the same, however it was heard of. */
export interface Entry {
  key: string;
  at: string;
  event: RoomEvent;
  place: Place;
}

/** What is known of a room's timeline, without a hole. */
export interface Timeline {
  /** Oldest first. */
  lines: readonly Entry[];
  /** Where earlier pages begin; null where there are none. */
  before: string | null;
  /** Lines that the log has added since the oldest were let go. */
  heard: number;
}

export const EMPTY: Timeline = { lines: [], before: null, heard: 0 };
/** One fewer than each list of a room's state, so that a full one shows that there is more before it. */
const FIRST_PAGE = 49;
/** Lines that the log may add before the oldest are let go; they are read again when the reader scrolls back. */
const MAX_HEARD = 400;
const KEPT = 200;

/** @param logId of the event in its log, `epoch:offset`, for those that only the log tells of */
function entryOf(event: RoomEvent, logId: string): Entry {
  const place = placeOf(event, Number(logId.split(":").at(-1)));
  const key = isListed(event) ? `${event.type} ${place.id}` : `event ${logId}`;
  return { key, at: place.at, event, place };
}

/** The newest page, as a room's state holds it. */
export function beginTimeline(room: RoomState): Timeline {
  const { events, nextCursor } = pageOf({ ...room, room }, FIRST_PAGE);
  return { ...EMPTY, lines: events.map((event) => entryOf(event, "")).reverse(), before: nextCursor };
}

/** Adds a page that was read. @param cursor where it was asked to begin */
export function withOlder(
  timeline: Timeline,
  cursor: string | null,
  page: { events: readonly RoomEvent[]; nextCursor: string | null },
): Timeline {
  if (timeline.before !== cursor) return timeline;
  const known = new Set(timeline.lines.map(({ key }) => key));
  const older = page.events.map((event) => entryOf(event, "")).filter(({ key }) => !known.has(key));
  return { ...timeline, lines: [...older.reverse(), ...timeline.lines], before: page.nextCursor };
}

/** Adds what the log says next: at the end, or earlier where clocks of several nodes differ. */
export function withHeard(timeline: Timeline, event: RoomEvent, logId: string): Timeline {
  const entry = entryOf(event, logId);
  const { lines } = timeline;
  if (lines.some(({ key }) => key === entry.key)) return timeline;
  const after = lines.findLastIndex(({ place }) => comparePlaces(place, entry.place) < 0) + 1;
  // Older than all that is known while more is to be read: its page will have it.
  if (after === 0 && timeline.before !== null) return timeline;
  const heard = timeline.heard + 1;
  const next = { ...timeline, lines: lines.toSpliced(after, 0, entry), heard };
  return heard > MAX_HEARD ? cut(next) : next;
}

function cut({ lines }: Timeline): Timeline {
  const kept = lines.slice(-KEPT);
  const bound = boundOf(
    kept.map(({ event }) => event),
    null,
  );
  return { lines: kept, before: bound && formatBound(bound), heard: 0 };
}

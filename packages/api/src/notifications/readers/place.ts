import { parsePosition } from "../../realtime/position.ts";

export const LOGS = ["alerts", "announcements", "own"] as const;
/** How far the three logs that a user of the Mini App hears have come, `epoch:offset`; null where that is not known. */
export type Place = Record<(typeof LOGS)[number], string | null>;
/** What was told from one place to another. */
export interface Span {
  since: Place;
  upto: Place;
}

/** One connection of a user. */
export interface Connection {
  /** Where what it was told begins. */
  since: Place;
  /** Up to where its client has shown that it hears. */
  heard: Place;
  /** Tells its client what an earlier connection was told in vain; absent where clients read on by themselves. */
  tell: ((span: Span) => void) | undefined;
}

/** Places of a log that was cut between them are not one after the other. */
function isAfter(a: string | null, b: string | null): boolean {
  const [later, earlier] = [parsePosition(a ?? ""), parsePosition(b ?? "")];
  return later !== null && later.epoch === earlier?.epoch && later.offset > earlier.offset;
}

const merged = (of: (name: keyof Place) => string | null): Place => ({
  alerts: of("alerts"),
  announcements: of("announcements"),
  own: of("own"),
});

export const earlier = (a: Place, b: Place): Place => merged((name) => (isAfter(a[name], b[name]) ? b[name] : a[name]));

/** The client has heard everything that was told up to now; what it has heard, its user's other connections need not hear again. */
export function hear(connection: Connection, now: Place, all: Iterable<Connection>): void {
  connection.heard = now;
  for (const other of all)
    other.heard = merged((name) => {
      const isCovered = !isAfter(connection.since[name], other.heard[name]);
      return isCovered && isAfter(now[name], other.heard[name]) ? now[name] : other.heard[name];
    });
}

/** Has a connection told what is owed from a place on, where it was not told that itself. */
export function settle(connection: Connection, owed: Place): void {
  const { since } = connection;
  if (!LOGS.some((name) => isAfter(since[name], owed[name]))) return;
  connection.since = earlier(since, owed);
  connection.heard = earlier(connection.heard, owed);
  connection.tell?.({ since: owed, upto: since });
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { readHeads } from "../../realtime/log.ts";
import { formatPosition, parsePosition } from "../../realtime/position.ts";
import type { Cursor } from "./cursor.ts";

/** An event as its log holds it. */
export interface StoredEvent {
  /** The same whenever it is read. */
  id: string;
  topic: string;
  /** ISO 8601. */
  at: string;
  payload: { type: string };
}

export interface EventsPage {
  events: StoredEvent[];
  /** Where to go on. */
  next: Cursor;
  hasMore: boolean;
  /** Logs that do not reach back to the cursor any more: what they dropped is not among the events. */
  missed: string[];
}

export interface EventsQuery {
  /** Every log that the reader sees; the cursor follows them all. */
  topics: readonly string[];
  /** Those of them whose events are wanted; default all. */
  only?: readonly string[];
  /** Null begins at the present end. */
  after: Cursor | null;
  limit: number;
  /** Default all. */
  types?: readonly string[] | null;
}

interface Place {
  topic: string;
  epoch: string;
  head: number;
  /** Read up to here. */
  start: number;
  /** The oldest event that follows; null without one. */
  first: number | null;
  /** The cursor names the log as it no longer is. */
  isCut: boolean;
  isKnown: boolean;
}

interface FoundEvent {
  topic: string;
  offset: number;
  at: string;
  payload: { type: string };
}

/**
 * What follows a cursor in several logs, each in its order, together by time. One statement reads ends and events, so that nothing falls between
 * them. A log that was cut, or that has dropped what follows the cursor, is read from its oldest event on and named as missed; one that the
 * cursor does not know is read from the cursor's time on.
 */
export async function readEvents(db: Database | Transaction, query: EventsQuery): Promise<EventsPage> {
  const { topics, only = topics, after, limit } = query;
  // A log without events gets its head now, so that the cursor names every log there is.
  await readHeads(db, topics);
  const { places, found, at } = await selectPage(db, query);
  const hasMore = found.length > limit;
  const events = found.slice(0, limit);
  const ends = new Map(events.map(({ topic, offset }) => [topic, offset]));
  const epochs = new Map(places.map(({ topic, epoch }) => [topic, epoch]));
  const wanted = new Set(only);
  const missed: string[] = [];
  const positions = after === null ? {} : kept(after, topics);
  for (const { topic, epoch, head, start, first, isCut, isKnown } of places) {
    const isWanted = wanted.has(topic);
    if (isKnown && !isWanted) continue;
    const oldest = first ?? head + 1;
    const hasDropped = isKnown && oldest > start + 1;
    if (isCut || hasDropped) missed.push(topic);
    const end = hasMore ? (ends.get(topic) ?? (hasDropped ? oldest - 1 : start)) : head;
    positions[topic] = formatPosition({ epoch, offset: isWanted ? end : start });
  }
  return {
    events: events.map(({ topic, offset, ...event }) => ({
      id: `${topic}:${formatPosition({ epoch: epochs.get(topic) ?? "", offset })}`,
      topic,
      ...event,
    })),
    next: { at, positions },
    hasMore,
    missed,
  };
}

/** Positions in logs that the reader still sees. */
const kept = ({ positions }: Cursor, topics: readonly string[]): Record<string, string> =>
  Object.fromEntries(topics.flatMap((topic) => (positions[topic] ? [[topic, positions[topic]]] : [])));

async function selectPage(
  db: Database | Transaction,
  { topics, only = topics, after, limit, types }: EventsQuery,
): Promise<{ places: Place[]; found: FoundEvent[]; at: number }> {
  const wanted = topics.map((topic) => {
    const position = after?.positions[topic];
    return { topic, ...(position ? parsePosition(position) : null) };
  });
  const ofType = types ? sql`and e.payload->>'type' in ${textsIn(types)}` : sql``;
  // Without a cursor every log begins at its end.
  const unknownStart =
    after === null
      ? sql`h.head`
      : sql`least(h.head, coalesce((select max(e."offset") from topic_events e
          where e.topic = w.topic and e.created_at <= to_timestamp(${after.at}::float8 / 1000)), 0))`;
  // Within a log offsets decide, whatever the transactions' clocks say: the greatest time so far orders them among the others.
  const [row] = rowsOf<{ places: Place[] | null; found: FoundEvent[] | null; at: number | string }>(
    await db.execute(sql`
      with wanted as (select * from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(topic text, epoch text, "offset" bigint)),
      begun as (
        select w.topic, h.epoch, h.head, w.epoch is not null as "isKnown",
          w.epoch is not null and (w.epoch <> h.epoch or w."offset" > h.head) as "isCut",
          case when w.epoch = h.epoch and w."offset" <= h.head then w."offset" else ${unknownStart} end as start
        from wanted w join topic_heads h on h.topic = w.topic),
      places as materialized (
        select b.*, (select min(e."offset") from topic_events e where e.topic = b.topic and e."offset" > b.start) as first from begun b),
      followed as (
        select e.*, max(e.created_at) over (partition by e.topic order by e."offset") as place
        from places p cross join lateral (
          select e.topic, e."offset", e.payload, e.created_at from topic_events e
          where e.topic = p.topic and e."offset" > p.start and e."offset" <= p.head ${ofType}
          order by e."offset" limit ${limit + 1}) e
        where p.topic in ${textsIn(only)}),
      page as (select * from followed order by place, topic, "offset" limit ${limit + 1})
      select (select jsonb_agg(to_jsonb(p)) from places p) as places,
        (select jsonb_agg(jsonb_build_object('topic', topic, 'offset', "offset", 'payload', payload,
          'at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by place, topic, "offset") from page) as found,
        floor(extract(epoch from clock_timestamp()) * 1000)::bigint as at`),
  );
  return { places: row?.places ?? [], found: row?.found ?? [], at: Number(row?.at ?? 0) };
}

import { createBatchWriter, type Outcome } from "@pult/db/batch-writer.ts";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { perProcess } from "../../per-process.ts";
import { readHeads } from "../../realtime/log.ts";
import { formatPosition, type Position, parsePosition } from "../../realtime/position.ts";
import { reachCounterOf } from "../analytics/reach.ts";
import { alertsTopic, toastsTopic } from "../events.ts";
import type { AlertEvent } from "../schema.ts";
import { MAX_MISSED, type Missed, type ToastEvent } from "../toasts/schema.ts";
import { LOGS, type Place, type Span } from "./place.ts";
import { lockReaders, NODE_TIMEOUT_SECONDS, readerBoardOf, readerOf } from "./reader-board.ts";

/** @see Place */
type Positions = Record<keyof Place, string>;

/** How long it is kept for a user who is away. */
const MISSED_HOURS = 24;
const topicsOf = (reader: string): Positions => ({
  alerts: alertsTopic.name("all"),
  announcements: toastsTopic.name("all"),
  own: toastsTopic.name(reader),
});

export interface Taken {
  /** Oldest first. */
  missed: Missed[];
  /** Where what was missed begins: until the user was heard, it stays owed from there. */
  since: Positions;
  /** Where to follow the logs from. */
  from: Positions;
  /** Whether no other connection of theirs may be told the same: to be given back by one that ends before it has entered. */
  isClaimed: boolean;
}

/** Users who return in one moment are served in one transaction, however many they are. */
const takerOf = perProcess((deps: Deps) =>
  createBatchWriter<string, Taken & { reader: string }>({
    db: deps.db,
    keyOf: (reader) => reader,
    apply: (tx, readers) => takeAll(tx, readers, deps.now()),
    publish(results) {
      for (const { reader, missed } of results)
        for (const one of missed)
          if (one.type === "alert") reachCounterOf(deps).note(one.alert.id, "receivedLater", [reader]);
    },
    publishFailed: (error) => deps.log.error({ err: error }, "Failed to count what users had missed"),
    maxQueue: Number.POSITIVE_INFINITY,
  }),
);

/**
 * What was told while a user was away; nothing while they are connected somewhere. It stays owed until the user has entered, or is claimed
 * again after a while.
 */
export async function takeMissed(deps: Deps, reader: string): Promise<Taken> {
  await readerBoardOf(deps).settled(reader);
  return takerOf(deps).write(reader);
}

/** What was taken did not arrive: the user's next connection is told, or another that is there already. */
export async function giveBackMissed(deps: Deps, reader: string, { since }: Taken): Promise<void> {
  await deps.db.transaction(async (tx) => {
    await lockReaders(tx, [reader]);
    await tx.execute(sql`update notification_readers set claimed_at = null where reader = ${reader}`);
  });
  readerBoardOf(deps).owe(reader, since);
}

/** What was told to an earlier connection of a user that is not known to have arrived. */
export async function readSpan({ db, now }: Deps, reader: string, { since, upto }: Span): Promise<Missed[]> {
  const topics = topicsOf(reader);
  const spans = LOGS.flatMap((name): LogSpan[] => {
    const [from, to] = [parsePosition(since[name] ?? ""), parsePosition(upto[name] ?? "")];
    if (!from || from.epoch !== to?.epoch || from.offset >= to.offset) return [];
    return [{ topic: topics[name], after: from.offset, upto: to.offset }];
  });
  return missedIn(spans, await readEvents(db, spans), now());
}

async function takeAll(
  tx: Transaction,
  readers: readonly string[],
  now: Date,
): Promise<Outcome<Taken & { reader: string }>[]> {
  const claims = await claimAll(tx, [...new Set(readers)]);
  const heads = await readHeads(tx, [...new Set(readers.flatMap((reader) => Object.values(topicsOf(reader))))]);
  const plans = readers.map((reader) => {
    const plan = planOf(reader, claims.get(reader) ?? { state: "away", places: [] }, heads);
    // Of several connections at once the first is told.
    claims.set(reader, { state: "claimed", places: [] });
    return plan;
  });
  const events = await readEvents(
    tx,
    plans.flatMap(({ spans }) => spans),
  );
  return plans.map(({ spans, ...plan }) => ({ ok: true, value: { ...plan, missed: missedIn(spans, events, now) } }));
}

/** `served` by a connection; `claimed` by an answer that is on its way; else `away`, and claimed from now on. */
type Claim = { state: "served" | "claimed" | "away"; places: Place[] };

/** The places of users as they are now. Those of users who are away are claimed. */
async function claimAll(tx: Transaction, readers: readonly string[]): Promise<Map<string, Claim>> {
  await lockReaders(tx, readers);
  const since = sql`now() - make_interval(secs => ${NODE_TIMEOUT_SECONDS})`;
  const rows = rowsOf<Place & { reader: string; node: string; isServed: boolean; isClaimed: boolean }>(
    await tx.execute(sql`
      select r.reader, r.node, case when r.is_current then n.alerts else r.alerts end as alerts,
        case when r.is_current then n.announcements else r.announcements end as announcements, r.own,
        r.is_current and coalesce(n.seen_at > ${since}, false) as "isServed", coalesce(r.claimed_at > ${since}, false) as "isClaimed"
      from jsonb_array_elements_text(${JSON.stringify(readers)}::jsonb) x(reader)
      join notification_readers r on r.reader = x.reader left join notification_nodes n on n.node = r.node`),
  );
  const claims = new Map<string, Claim>();
  for (const [reader, places] of Map.groupBy(rows, (row) => row.reader)) {
    if (places.some(({ isServed }) => isServed)) claims.set(reader, { state: "served", places });
    else if (places.some(({ isClaimed }) => isClaimed)) claims.set(reader, { state: "claimed", places: [] });
    else claims.set(reader, { state: "away", places });
  }
  const claimed = rows.filter(({ reader }) => claims.get(reader)?.state === "away");
  if (claimed.length > 0)
    await tx.execute(sql`
      update notification_readers r set claimed_at = now()
      from jsonb_to_recordset(${JSON.stringify(claimed.map(({ reader, node }) => ({ reader, node })))}::jsonb) as x(reader text, node text)
      where r.reader = x.reader and r.node = x.node`);
  return claims;
}

type LogSpan = { topic: string; after: number; upto: number };

function planOf(reader: string, { state, places }: Claim, heads: ReadonlyMap<string, Position>) {
  const topics = topicsOf(reader);
  const since: Partial<Positions> = {};
  const from: Partial<Positions> = {};
  const spans: LogSpan[] = [];
  for (const name of LOGS) {
    const head = heads.get(topics[name]);
    if (!head) throw new Error(`The head of ${topics[name]} was not read`);
    const after = reached(places, name, head.epoch) ?? head.offset;
    since[name] = formatPosition({ ...head, offset: after });
    // A node that is thought alive may have died a moment ago: what it has not handed out comes as if it were new.
    from[name] = state === "served" ? since[name] : formatPosition(head);
    if (state === "away" && after < head.offset) spans.push({ topic: topics[name], after, upto: head.offset });
  }
  return { reader, since: since as Positions, from: from as Positions, isClaimed: state === "away", spans };
}

/** Up to where a user has heard a log; null when that is not known. A log of their own may be younger than their last visit. */
function reached(places: readonly Place[], name: keyof Positions, epoch: string): number | null {
  const known = places.flatMap((place) => parsePosition(place[name] ?? "") ?? []);
  if (name === "own" && places.length > 0 && known.length === 0) return 0;
  const offsets = known.filter((place) => place.epoch === epoch).map(({ offset }) => offset);
  return offsets.length > 0 ? Math.max(...offsets) : null;
}

interface Event {
  topic: string;
  offset: number;
  payload: AlertEvent | ToastEvent;
  /** Unix ms with fractions, and how long ago that is. */
  at: number;
  ageMs: number;
}

/** The newest events of logs, each log read once for all who missed some of it. */
async function readEvents(db: Database | Transaction, spans: readonly LogSpan[]): Promise<Map<string, Event[]>> {
  if (spans.length === 0) return new Map();
  const widest = [...Map.groupBy(spans, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    after: Math.min(...of.map(({ after }) => after)),
  }));
  const rows = rowsOf<Omit<Event, "at" | "ageMs"> & Record<"at" | "ageMs", number | string>>(
    await db.execute(sql`
      select x.topic, e."offset", e.payload, extract(epoch from e.created_at) * 1000 as at,
        greatest(0, floor(extract(epoch from now() - e.created_at) * 1000)) as "ageMs"
      from jsonb_to_recordset(${JSON.stringify(widest)}::jsonb) as x(topic text, after bigint)
      cross join lateral (
        select payload, created_at, "offset" from topic_events t
        where t.topic = x.topic and t."offset" > x.after
          and t.created_at > now() - make_interval(hours => ${MISSED_HOURS})
        order by "offset" desc limit ${MAX_MISSED}) e
      order by e.created_at, x.topic, e."offset"`),
  );
  return Map.groupBy(
    rows.map((row) => ({ ...row, at: Number(row.at), ageMs: Number(row.ageMs) })),
    ({ topic }) => topic,
  );
}

function missedIn(spans: readonly LogSpan[], events: ReadonlyMap<string, Event[]>, now: Date): Missed[] {
  const since = spans.map(({ topic, after, upto }) => {
    const all = events.get(topic)?.filter(({ offset }) => offset > after) ?? [];
    return { all, told: all.filter(({ offset }) => offset <= upto) };
  });
  const told = since.flatMap((log) => log.told).sort((a, b) => a.at - b.at);
  // Also of what was settled since.
  const closed = new Set(
    since.flatMap(({ all }) => all).flatMap(({ payload }) => (payload.type === "settled" ? [payload.alert.id] : [])),
  );
  const missed = told.flatMap(({ payload, at, ageMs }): Missed[] => {
    const when = { queuedAt: Math.floor(at), ageMs };
    if (payload.type === "toast") return [{ type: "toast", toast: payload.toast, ...when }];
    if (payload.type !== "published" || closed.has(payload.alert.id)) return [];
    const isOpen = new Date(payload.alert.expiresAt) > now;
    return isOpen ? [{ type: "alert", alert: payload.alert, ...when }] : [];
  });
  return missed.slice(-MAX_MISSED);
}

/** What the calling customer missed. @throws DomainError `VALIDATION` for staff, whose pages read what they show */
export async function takeOwnMissed(
  ctx: Context,
  { limit }: { limit: number },
): Promise<Pick<Taken, "missed" | "from">> {
  const reader = readerOf(ctx.actor);
  if (reader === null) throw malformed("Only customers have missed messages");
  const { missed, from } = await takeMissed(ctx, reader);
  return { missed: missed.slice(-limit), from };
}

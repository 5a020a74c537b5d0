import { randomBytes } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Bus, LogEntry } from "./bus.ts";
import type { Position } from "./position.ts";
import type { LogTopic } from "./topic.ts";

/** An event about to be stored. */
export interface NewEntry {
  topic: string;
  payload: unknown;
}

/** Entries as stored, by topic; to be published after the commit. */
export type Appended = Map<string, LogEntry[]>;

/** Transactions that hold the head of a log. */
const holding = new WeakSet<Transaction>();

/** Whether a transaction has locked or appended to a log. What many transactions lock comes before that, or they dead-lock. */
export const holdsLogs = (tx: Transaction): boolean => holding.has(tx);

const newEpoch = () => randomBytes(6).toString("base64url");

/**
 * Stores events with their topics' next offsets. Head rows are locked in the order of their names, so two transactions that append to the
 * same topics wait for each other instead of dead-locking, and offsets become visible in order and without gaps.
 */
export async function appendToLogs(tx: Transaction, entries: readonly NewEntry[]): Promise<Appended> {
  const appended: Appended = new Map();
  if (entries.length === 0) return appended;
  holding.add(tx);
  const counts = new Map<string, number>();
  for (const { topic } of entries) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  const wanted = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, head]) => ({ topic, epoch: newEpoch(), head }));
  const heads = rowsOf<{ topic: string; epoch: string; head: number }>(
    await tx.execute(sql`
      insert into topic_heads (topic, epoch, head)
      select topic, epoch, head from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(topic text, epoch text, head bigint)
      order by topic
      on conflict (topic) do update set head = topic_heads.head + excluded.head
      returning topic, epoch, head`),
  );
  for (const { topic, epoch, head } of heads)
    appended.set(topic, [{ epoch, offset: head - (counts.get(topic) ?? 0), payload: null }]);
  const rows = entries.map(({ topic, payload }) => {
    const list = appended.get(topic);
    const last = list?.at(-1);
    if (!list || !last) throw new Error(`The head of ${topic} was not written`);
    const entry = { epoch: last.epoch, offset: last.offset + 1, payload };
    list.push(entry);
    return { topic, offset: entry.offset, payload };
  });
  for (const list of appended.values()) list.shift();
  await tx.execute(sql`
    insert into topic_events (topic, "offset", payload)
    select topic, "offset", payload from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(topic text, "offset" bigint, payload jsonb)`);
  return appended;
}

/**
 * Locks logs until the transaction ends, in the order in which appending locks them: what is counted after that holds until the event that
 * tells of it.
 */
export async function lockLogs(tx: Transaction, topics: readonly string[]): Promise<void> {
  holding.add(tx);
  const wanted = [...new Set(topics)].toSorted().map((topic) => ({ topic, epoch: newEpoch() }));
  await tx.execute(sql`
    insert into topic_heads (topic, epoch, head)
    select topic, epoch, 0 from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(topic text, epoch text) order by topic
    on conflict (topic) do update set head = topic_heads.head`);
}

/**
 * Cuts logs: what they hold is gone, and positions in them can no longer be continued from. To be published after the commit like what was
 * appended, so that every feed restarts at once and forgets what it remembers.
 * @param options.forget topics of which not even the name is to stay
 */
export async function cutLogs(
  tx: Transaction,
  topics: readonly string[],
  options: { forget?: readonly string[] } = {},
): Promise<Appended> {
  const { forget = [] } = options;
  const cut = [...new Set(topics)]
    .filter((topic) => !forget.includes(topic))
    .toSorted()
    .map((topic) => ({ topic, epoch: newEpoch() }));
  const dropped = [...new Set(forget)].toSorted().map((topic) => ({ topic, epoch: newEpoch() }));
  const named = (list: readonly { topic: string }[]) =>
    sql`(select topic from jsonb_to_recordset(${JSON.stringify(list)}::jsonb) as x(topic text))`;
  // The heads first, in the order that appending locks them: a concurrent append waits, and goes on in the new epoch.
  await tx.execute(sql`
    insert into topic_heads (topic, epoch, head)
    select topic, epoch, 0 from jsonb_to_recordset(${JSON.stringify([...cut, ...dropped].toSorted((a, b) => (a.topic < b.topic ? -1 : 1)))}::jsonb)
      as x(topic text, epoch text) order by topic
    on conflict (topic) do update set epoch = excluded.epoch, head = 0`);
  await tx.execute(sql`delete from topic_events where topic in ${named([...cut, ...dropped])}`);
  if (dropped.length > 0) await tx.execute(sql`delete from topic_heads where topic in ${named(dropped)}`);
  return new Map(
    [...cut, ...dropped].map(({ topic, epoch }) => [topic, [{ epoch, offset: CUT_OFFSET, payload: null }]]),
  );
}

/** The offset of an entry that says nothing but that its log was cut; events begin at 1. */
export const CUT_OFFSET = 0;

export function publishAppended(bus: Bus, appended: Appended): void {
  for (const [topic, entries] of appended) bus.publishLog(topic, entries);
}

/** No earlier position can be continued from: readers that resume get a snapshot. */
export async function renewEpochs(tx: Transaction): Promise<void> {
  await tx.execute(sql`update topic_heads set epoch = ${newEpoch()}`);
}

/** The end of a log. A topic without entries gets its epoch now, so that its readers can resume too. */
export async function readHead(db: Database | Transaction, topic: string): Promise<Position> {
  const head = (await readHeads(db, [topic])).get(topic);
  if (!head) throw new Error(`The head of ${topic} was not written`);
  return head;
}

/** The ends of several logs in one query. @see readHead */
export async function readHeads(db: Database | Transaction, topics: readonly string[]): Promise<Map<string, Position>> {
  const heads = new Map<string, Position>();
  const select = async (wanted: readonly string[]) => {
    const rows = rowsOf<{ topic: string; epoch: string; head: number }>(
      await db.execute(sql`
        select topic, epoch, head from topic_heads
        where topic in (select * from jsonb_array_elements_text(${JSON.stringify(wanted)}::jsonb))`),
    );
    for (const { topic, epoch, head } of rows) heads.set(topic, { epoch, offset: head });
  };
  await select(topics);
  const missing = topics.filter((topic) => !heads.has(topic));
  if (missing.length === 0) return heads;
  const fresh = missing.toSorted().map((topic) => ({ topic, epoch: newEpoch() }));
  await db.execute(sql`
    insert into topic_heads (topic, epoch, head)
    select topic, epoch, 0 from jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb) as x(topic text, epoch text)
    order by topic on conflict do nothing`);
  await select(missing);
  return heads;
}

/** What follows a position, oldest first; null when the log no longer reaches back that far or never was there. */
export async function readAfter(
  db: Database,
  topic: string,
  after: Position,
  limit: number,
): Promise<LogEntry[] | null> {
  const head = await readHead(db, topic);
  if (head.epoch !== after.epoch || after.offset > head.offset || head.offset - after.offset > limit) return null;
  if (head.offset === after.offset) return [];
  const rows = rowsOf<{ offset: number; payload: unknown }>(
    await db.execute(sql`
      select "offset", payload from topic_events where topic = ${topic} and "offset" > ${after.offset} and "offset" <= ${head.offset}
      order by "offset"`),
  );
  if (rows.length !== head.offset - after.offset) return null;
  return rows.map((row) => ({ epoch: head.epoch, ...row }));
}

/** Deletes events past their topics' retention; a reader that still needs them gets `recovered: false`. */
export async function trimLogs(
  db: Database,
  declared: readonly Pick<LogTopic<never, unknown>, "prefix" | "retention">[],
): Promise<void> {
  const kept = JSON.stringify(declared.map(({ prefix, retention }) => ({ start: `${prefix}:`, retention })));
  await db.execute(sql`
    delete from topic_events e using topic_heads h, jsonb_to_recordset(${kept}::jsonb) as x(start text, retention bigint)
    where starts_with(h.topic, x.start) and h.topic = e.topic and e."offset" <= h.head - x.retention`);
}

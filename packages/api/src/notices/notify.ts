import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { enqueue, type OutboxItem } from "../outbox/outbox.ts";
import { PUSH_LEASE } from "../push/delivery.ts";
import { lockLogs, type NewEntry } from "../realtime/log.ts";
import { listKey, listTopic } from "./events.ts";
import { type ChosenKinds, type NoticeKind, preferenceOf, type Reader } from "./kinds.ts";
import {
  changedEntries,
  insertNotices,
  type NewNoticeRow,
  type NoticeRecord,
  noticeSubject,
  updateNotices,
} from "./rows.ts";

/** Something that a person is to be told. */
export interface NewNotice<Data = unknown> {
  kind: NoticeKind<Data>;
  personId: string;
  /** As whom. Default `staff`. */
  reader?: Reader;
  /** Events with the same key are one line while it is unread. Default: the kind's name and `about`. */
  key?: string;
  /** What makes the event the same one when it is told again, such as `message:12`. */
  event: string;
  /** `<slice>.<thing>:<id>`: with that it is deleted. */
  about?: string;
  data: Data;
  expiresAt?: Date;
}

/** What a transaction owes after telling people. */
export interface Notified {
  /** For the transaction's own `appendToLogs`. */
  entries: NewEntry[];
  /** Something stands in the outbox: call `publishDue` after the commit. */
  owes: boolean;
}

const NOTHING: Notified = { entries: [], owes: false };

/** What a transaction changes in people's lists. */
interface Telling {
  events?: readonly NewNotice[];
  /** Unread notices with these keys are read, of one person or of everyone: what they tell of is settled. */
  settles?: { keys: readonly string[]; personId?: string };
}

/**
 * Tells people, in the transaction of the cause: a line of their list, and a push that is owed to them. Set-based, and called once, before the
 * transaction appends to other logs, because it locks all lists that it changes, in their order.
 */
export async function changeLists(tx: Transaction, now: Date, { events = [], settles }: Telling): Promise<Notified> {
  const [chosen, open] = await Promise.all([selectChosen(tx, events), settles ? selectOpen(tx, settles) : []]);
  const rows = rowsToStore(events, chosen, now);
  const lists = [...open, ...rows.map(({ reader, person }) => ({ reader, personId: person }))];
  if (lists.length === 0) return NOTHING;
  await lockLogs(
    tx,
    lists.map(({ reader, personId }) => listTopic.name(listKey(reader, personId))),
  );
  const settled = settles && open.length > 0 ? await markSettled(tx, now, { keys: settles.keys, open }) : [];
  const stored = rows.length > 0 ? await insertNotices(tx, rows) : [];
  const pushed = new Set(
    rows.filter((row) => row.pushed).map(({ reader, person, key }) => `${reader} ${person} ${key}`),
  );
  const owing = stored.filter(({ reader, personId, key }) => pushed.has(`${reader} ${personId} ${key}`));
  const [owes, entries] = await Promise.all([owePushes(tx, owing, now), changedEntries(tx, [...settled, ...stored])]);
  return { entries, owes };
}

/** Tells people; @see changeLists */
export const notify = (tx: Transaction, now: Date, events: readonly NewNotice[]): Promise<Notified> =>
  changeLists(tx, now, { events });

/** Marks what is settled as read; @see changeLists */
export const settleNotices = async (
  tx: Transaction,
  now: Date,
  settles: NonNullable<Telling["settles"]>,
): Promise<NewEntry[]> => (await changeLists(tx, now, { settles })).entries;

async function selectChosen(tx: Transaction, events: readonly NewNotice[]): Promise<Map<string, ChosenKinds>> {
  if (events.length === 0) return new Map();
  const personIds = [...new Set(events.map(({ personId }) => personId))];
  const rows = rowsOf<{ personId: string; kinds: ChosenKinds }>(
    await tx.execute(sql`
      select person_id as "personId", kinds from notice_preferences where person_id in ${uuidsIn(personIds)}`),
  );
  return new Map(rows.map(({ personId, kinds }) => [personId, kinds]));
}

/** Customers who have chosen anything about a kind, for kinds that they get only when they ask, in the order of their ids. */
export async function selectChoosers(
  tx: Transaction,
  { name }: NoticeKind,
  { after, limit }: { after: string | null; limit: number },
): Promise<string[]> {
  const rows = rowsOf<{ personId: string }>(
    await tx.execute(sql`
      select person_id as "personId" from notice_preferences p where jsonb_exists(kinds, ${name})
        ${after === null ? sql`` : sql`and person_id > ${after}::uuid`}
        and not exists (select 1 from credentials c where c.person_id = p.person_id)
      order by person_id limit ${limit}`),
  );
  return rows.map(({ personId }) => personId);
}

/** One row for each person and key: what the events come to. Nothing for people who have turned the kind off on every way. */
function rowsToStore(
  events: readonly NewNotice[],
  chosen: ReadonlyMap<string, ChosenKinds>,
  now: Date,
): NewNoticeRow[] {
  const rows = new Map<string, NewNoticeRow>();
  for (const { kind, personId, reader = "staff", about, event, data, expiresAt, key } of events) {
    const wanted = preferenceOf(kind, reader, chosen.get(personId) ?? {});
    const isTooLight = wanted.threshold !== null && (kind.weightOf?.(data) ?? 1) < wanted.threshold;
    if (isTooLight || !(wanted.inApp || wanted.push || wanted.bot)) continue;
    const noticeKey = key ?? (about ? `${kind.name}:${about}` : kind.name);
    const place = `${reader} ${personId} ${noticeKey}`;
    rows.set(place, {
      ...{ person: personId, reader, kind: kind.name, key: noticeKey, event, about: about ?? null, data },
      severity: kind.severity,
      count: (rows.get(place)?.count ?? 0) + 1,
      at: now.toISOString(),
      in_app: wanted.inApp,
      pushed: wanted.push || wanted.bot,
      expires: expiresAt?.toISOString() ?? null,
    });
  }
  return [...rows.values()];
}

/** A push for each notice that has none under way: one that waits tells of what came meanwhile. @returns whether any is owed */
export async function owePushes(tx: Transaction, notices: readonly NoticeRecord[], dueAt: Date): Promise<boolean> {
  if (notices.length === 0) return false;
  const underWay = await selectUnderWay(tx, notices);
  const items = notices.filter(({ id }) => !underWay.has(noticeSubject(id))).map((notice) => pushOf(notice, dueAt));
  await enqueue(tx, items);
  return items.length > 0;
}

async function selectUnderWay(tx: Transaction, notices: readonly NoticeRecord[]): Promise<Set<string>> {
  const subjects = notices.map(({ id }) => noticeSubject(id));
  const rows = rowsOf<{ subject: string }>(
    await tx.execute(sql`
      select subject from outbox where subject in ${textsIn(subjects)} and state = 'pending' and payload->>'deviceIds' is null`),
  );
  return new Set(rows.map(({ subject }) => subject));
}

/** A queue of its own: a notice that waits holds up no other. */
const pushOf = ({ id, kind, key, personId }: NoticeRecord, dueAt: Date): OutboxItem => ({
  queue: `notice:${id}`,
  kind: "notices.push",
  lease: PUSH_LEASE,
  priority: "normal",
  dueAt,
  payload: { noticeId: id, notice: kind, key, deviceIds: null },
  subject: noticeSubject(id),
  personId,
  route: "push",
});

/** Gives notices of one event other words, read ones too: the event was edited or taken back. */
export async function rewordNotices(
  tx: Transaction,
  { key, event, data }: { key: string; event: string; data: object },
): Promise<NewEntry[]> {
  const told = rowsOf<ListOf>(
    await tx.execute(
      sql`select person_id as "personId", reader from notices where key = ${key} and event = ${event} order by id`,
    ),
  );
  if (told.length === 0) return [];
  await lockLogs(
    tx,
    told.map(({ reader, personId }) => listTopic.name(listKey(reader, personId))),
  );
  const changed = await updateNotices(
    tx,
    sql`data = n.data || ${JSON.stringify(data)}::jsonb`,
    sql`n.key = ${key} and n.event = ${event}`,
  );
  return changedEntries(tx, changed);
}

interface ListOf {
  personId: string;
  reader: Reader;
}

async function selectOpen(
  tx: Transaction,
  { keys, personId }: NonNullable<Telling["settles"]>,
): Promise<readonly ListOf[]> {
  return rowsOf<ListOf>(
    await tx.execute(sql`
      select person_id as "personId", reader from notices where key in ${textsIn(keys)} and read_at is null
        ${personId === undefined ? sql`` : sql`and person_id = ${personId}::uuid`}`),
  );
}

/** Of the lists that are locked. */
const markSettled = (
  tx: Transaction,
  now: Date,
  { keys, open }: { keys: readonly string[]; open: readonly ListOf[] },
): Promise<NoticeRecord[]> =>
  updateNotices(
    tx,
    sql`read_at = ${now.toISOString()}::timestamptz`,
    sql`n.key in ${textsIn(keys)} and n.read_at is null
      and (n.person_id, n.reader) in (select x.person, x.reader
        from jsonb_to_recordset(${JSON.stringify(open.map(({ personId, reader }) => ({ person: personId, reader })))}::jsonb)
          as x(person uuid, reader text))`,
  );

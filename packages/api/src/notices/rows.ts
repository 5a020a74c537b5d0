import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { NewEntry } from "../realtime/log.ts";
import { listKey, listTopic } from "./events.ts";
import type { Reader } from "./kinds.ts";
import type { Severity, StoredNotice, StoredNoticeEvent } from "./schema.ts";

/** A notice as the database answers it. Instants are ISO 8601. */
export interface NoticeRecord extends StoredNotice {
  personId: string;
  reader: Reader;
  key: string;
  severity: Severity;
  inApp: boolean;
  expiresAt: string | null;
}

const iso = (column: string, name: string): SQL =>
  sql.raw(`to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "${name}"`);

/** Of `notices n`. */
const noticeColumns = sql`
  n.id, n.person_id as "personId", n.reader, n.key, n.kind, n.severity, n.data, n.count, n.in_app as "inApp", ${iso("n.at", "at")},
  ${iso("n.read_at", "readAt")}, ${iso("n.archived_at", "archivedAt")}, ${iso("n.snoozed_until", "snoozedUntil")},
  ${iso("n.expires_at", "expiresAt")}`;

/** What counts as unread, of `notices n`. */
export const isUnread = sql`n.read_at is null and n.archived_at is null and n.snoozed_until is null and n.in_app`;

/** Notices with this condition on `n`. */
export async function selectNotices(
  db: Database | Transaction,
  condition: SQL,
  tail: SQL = sql`order by n.id`,
): Promise<NoticeRecord[]> {
  return rowsOf<NoticeRecord>(await db.execute(sql`select ${noticeColumns} from notices n where ${condition} ${tail}`));
}

/** Changes notices with this condition on `n`. @returns them as they are now */
export async function updateNotices(tx: Transaction, changes: SQL, condition: SQL): Promise<NoticeRecord[]> {
  return rowsOf<NoticeRecord>(
    await tx.execute(sql`update notices n set ${changes} where ${condition} returning ${noticeColumns}`),
  );
}

/** Stores notices; those with the key of an unread one are counted there, and a repeated event changes nothing. @returns what changed */
export async function insertNotices(tx: Transaction, rows: readonly NewNoticeRow[]): Promise<NoticeRecord[]> {
  return rowsOf<NoticeRecord>(
    await tx.execute(sql`
      insert into notices as n (person_id, reader, kind, key, event, about, severity, data, count, at, in_app, expires_at)
      select x.person, x.reader, x.kind, x.key, x.event, x.about, x.severity, x.data, x.count, x.at, x.in_app, x.expires
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(person uuid, reader text, kind text, key text, event text, about text,
        severity text, data jsonb, count int, at timestamptz, in_app boolean, expires timestamptz)
      where not exists (
        select 1 from notices o where o.key = x.key and o.person_id = x.person and o.reader = x.reader and o.event = x.event)
      order by x.person, x.reader, x.key
      on conflict (person_id, reader, key) where read_at is null and archived_at is null and snoozed_until is null
      do update set count = n.count + excluded.count, data = excluded.data, event = excluded.event, at = excluded.at,
        severity = excluded.severity, in_app = n.in_app or excluded.in_app, expires_at = excluded.expires_at
      returning ${noticeColumns}`),
  );
}

export interface NewNoticeRow {
  person: string;
  reader: Reader;
  kind: string;
  key: string;
  event: string;
  about: string | null;
  severity: Severity;
  data: unknown;
  count: number;
  at: string;
  in_app: boolean;
  /** Whether the person wants it on any way but the list. */
  pushed: boolean;
  expires: string | null;
}

/** A person's unread notices, as a counter. */
export async function countUnread(db: Database | Transaction, personId: string, reader: Reader): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await db.execute(sql`
      select count(*)::int as count from notices n where n.person_id = ${personId}::uuid and n.reader = ${reader} and ${isUnread}`),
  );
  return row?.count ?? 0;
}

/** Announces changed notices in their people's lists, with the counter after them. The lists are locked. */
export async function changedEntries(tx: Transaction, changed: readonly NoticeRecord[]): Promise<NewEntry[]> {
  const lists = Map.groupBy(
    changed.filter(({ inApp }) => inApp),
    ({ reader, personId }) => listKey(reader, personId),
  );
  if (lists.size === 0) return [];
  const counts = rowsOf<{ key: string; unread: number }>(
    await tx.execute(sql`
      select x.key, (
        select count(*)::int from notices n where n.person_id = x.person and n.reader = x.reader and ${isUnread}) as unread
      from jsonb_to_recordset(${JSON.stringify([...lists].map(([key, [first]]) => ({ key, person: first?.personId, reader: first?.reader })))}::jsonb)
        as x(key text, person uuid, reader text)`),
  );
  const unread = new Map(counts.map((row) => [row.key, row.unread]));
  return [...lists].map(([key, notices]) => {
    const payload: StoredNoticeEvent = {
      type: "changed",
      notices: notices.map(toStored),
      unread: unread.get(key) ?? 0,
    };
    return { topic: listTopic.name(key), payload };
  });
}

const toStored = ({ personId, reader, key, inApp, expiresAt, ...stored }: NoticeRecord): StoredNotice => stored;

/** `notices.notice:<id>`, as which the outbox names it. */
export const noticeSubject = (id: number): string => `notices.notice:${id}`;

/** Whether no other notice that is, or becomes, unread has its key. */
export const staysAlone = (becomesUnread: SQL): SQL => sql`not exists (
  select 1 from notices o where o.key = n.key and o.person_id = n.person_id and o.reader = n.reader and o.archived_at is null
    and ((o.id <> n.id and o.read_at is null and o.snoozed_until is null) or (o.id > n.id and ${becomesUnread})))`;

/** A notice whose time has come is unread, unless a newer one of the same key stands for it. */
export const wake = (now: SQL): SQL => sql`
  snoozed_until = null, at = ${now},
  read_at = case when ${staysAlone(sql`o.snoozed_until <= ${now}`)} then null else ${now} end`;

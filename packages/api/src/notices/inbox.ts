import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn } from "@pult/db/rows.ts";
import { people } from "@pult/db/schema/auth.ts";
import { eq, type SQL, sql } from "drizzle-orm";
import { type Actor, identityOf } from "../actor.ts";
import type { Context } from "../context.ts";
import { requestError } from "../errors.ts";
import { type Appended, appendToLogs, lockLogs, publishAppended, readHead } from "../realtime/log.ts";
import { formatPosition } from "../realtime/position.ts";
import type { LogView } from "../realtime/view.ts";
import { noticesError } from "./errors.ts";
import { listKey, listTopic } from "./events.ts";
import { localeOf, type Reader } from "./kinds.ts";
import { type Owner, requireOwner } from "./owner.ts";
import { allKinds } from "./preferences.ts";
import {
  changedEntries,
  countUnread,
  isUnread,
  type NoticeRecord,
  selectNotices,
  staysAlone,
  updateNotices,
  wake,
} from "./rows.ts";
import type {
  Notice,
  NoticeCounts,
  NoticeEvent,
  NoticeLocale,
  NoticesInput,
  NoticesPage,
  StoredNotice,
  StoredNoticeEvent,
  Which,
} from "./schema.ts";

/** Notices that a list's snapshot holds. */
const SNAPSHOT_SIZE = 30;

const IN_STATE: Record<NoticesInput["state"], SQL> = {
  open: sql`n.archived_at is null and n.snoozed_until is null`,
  unread: isUnread,
  archived: sql`n.archived_at is not null`,
  snoozed: sql`n.archived_at is null and n.snoozed_until is not null`,
};

const topicOf = ({ reader, personId }: Owner): string => listTopic.name(listKey(reader, personId));
const ofOwner = ({ reader, personId }: Owner): SQL =>
  sql`n.person_id = ${personId}::uuid and n.reader = ${reader} and n.in_app`;

/** A page of the caller's notices, newest first, with the counter as of the same moment. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys */
export async function listNotices(ctx: Context, input: NoticesInput): Promise<NoticesPage> {
  const owner = await ctx.db.transaction((tx) => requireOwner(ctx, tx));
  // Makes the log, should it be new.
  await readHead(ctx.db, topicOf(owner));
  return ctx.db.transaction((tx) => selectPage(tx, owner, input), { isolationLevel: "repeatable read" });
}

async function selectPage(tx: Transaction, owner: Owner, input: NoticesInput): Promise<NoticesPage> {
  const { state, before, limit } = input;
  const [at = 0, id = 0] = before?.split("-").map(Number) ?? [];
  const older =
    before === undefined ? sql`` : sql`and (n.at, n.id) < (to_timestamp(${at}::float8 / 1000), ${id}::bigint)`;
  const found = await selectNotices(
    tx,
    sql`${ofOwner(owner)} and ${IN_STATE[state]} ${older}`,
    sql`order by n.at desc, n.id desc limit ${limit + 1}`,
  );
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const locale = input.locale ?? (await readLocale(tx, owner));
  return {
    notices: page.map((one) => presentNotice(one, { locale, reader: owner.reader })),
    counts: await readCounts(tx, owner),
    nextBefore: last ? `${Date.parse(last.at)}-${last.id}` : null,
  };
}

async function readLocale(tx: Transaction, { personId }: Owner): Promise<NoticeLocale> {
  const [row] = await tx.select({ code: people.languageCode }).from(people).where(eq(people.id, personId));
  return localeOf(row?.code ?? null);
}

async function readCounts(tx: Transaction, owner: Owner): Promise<NoticeCounts> {
  const unread = await countUnread(tx, owner.personId, owner.reader);
  return { unread, position: formatPosition(await readHead(tx, topicOf(owner))) };
}

function presentNotice(
  { id, kind, severity, data, count, at, readAt, archivedAt, snoozedUntil }: StoredNotice,
  { locale, reader }: { locale: NoticeLocale; reader: Reader },
): Notice {
  const declared = allKinds().find(({ name }) => name === kind);
  const text = declared?.textOf(locale, data, count) ?? { title: kind, body: "" };
  const target = declared?.targetOf(data, reader) ?? "";
  return { id, kind, severity, ...text, count, target, at, readAt, archivedAt, snoozedUntil };
}

/** The caller's list as it changes. Who follows it counts as connected. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys */
export async function followNotices(
  ctx: Context,
  input: { locale?: NoticeLocale | undefined },
): Promise<LogView<NoticeEvent, NoticesPage>> {
  const owner = await ctx.db.transaction((tx) => requireOwner(ctx, tx));
  const locale = input.locale ?? (await ctx.db.transaction((tx) => readLocale(tx, owner)));
  const me = identityOf(ctx.actor);
  const { reader } = owner;
  return {
    kind: "log",
    topic: topicOf(owner),
    viewer: locale,
    mayRead: (actor: Actor) => identityOf(actor) === me && listTopic.mayRead(actor, listKey(reader, owner.personId)),
    ...(me === null ? {} : { entered: () => ctx.presence.enter(me) }),
    present(payload) {
      const { type, notices, unread } = payload as StoredNoticeEvent;
      return { type, notices: notices.map((one) => presentNotice(one, { locale, reader })), unread };
    },
    async snapshot() {
      // The identity may have become another person's since; their list is another log.
      const now = await ctx.db.transaction((tx) => requireOwner(ctx, tx));
      if (now.personId !== owner.personId) throw requestError("accessRevoked");
      return listNotices(ctx, { state: "open", locale, limit: SNAPSHOT_SIZE });
    },
  };
}

/** Marks notices as read, or unread again. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` when none of the ids is the caller's */
export const markNoticesRead = (ctx: Context, { read, ...which }: Which & { read: boolean }): Promise<NoticeCounts> =>
  changeNotices(ctx, which, ({ now }) =>
    read
      ? {
          changes: sql`read_at = ${now}`,
          among: sql`n.read_at is null and n.archived_at is null and n.snoozed_until is null`,
        }
      : {
          changes: sql`read_at = null`,
          among: sql`n.read_at is not null and ${staysAlone(sql`o.snoozed_until is null`)}`,
        },
  );

/** Puts notices away, or takes them back. @throws DomainError as `markNoticesRead` */
export const archiveNotices = (
  ctx: Context,
  { archived, ...which }: Which & { archived: boolean },
): Promise<NoticeCounts> =>
  changeNotices(ctx, which, ({ now }) =>
    archived
      ? { changes: sql`archived_at = ${now}, snoozed_until = null`, among: sql`n.archived_at is null` }
      : {
          changes: sql`archived_at = null, read_at = coalesce(n.read_at, ${now})`,
          among: sql`n.archived_at is not null`,
        },
  );

/**
 * Hides a notice until a moment, when it is unread again; or ends that.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `VALIDATION` for a moment that has passed
 */
export function snoozeNotice(ctx: Context, { id, until }: { id: number; until: string | null }): Promise<NoticeCounts> {
  if (until !== null && new Date(until) <= ctx.now()) throw noticesError("snoozeInPast");
  return changeNotices(ctx, { ids: [id] }, ({ now }) =>
    until === null
      ? { changes: wake(now), among: sql`n.snoozed_until is not null` }
      : { changes: sql`snoozed_until = ${until}::timestamptz, read_at = null, archived_at = null`, among: sql`true` },
  );
}

type Change = (given: { now: SQL }) => { changes: SQL; among: SQL };

async function changeNotices(ctx: Context, which: Which, change: Change): Promise<NoticeCounts> {
  const now = sql`${ctx.now().toISOString()}::timestamptz`;
  const { counts, appended } = await ctx.db.transaction(async (tx) => {
    const owner = await requireOwner(ctx, tx);
    await lockLogs(tx, [topicOf(owner)]);
    const chosen = "ids" in which ? sql`n.id in ${bigintsIn(which.ids)}` : IN_STATE.open;
    const { changes, among } = change({ now });
    const mine = sql`${ofOwner(owner)} and ${chosen}`;
    if ("ids" in which && (await selectNotices(tx, mine, sql`limit 1`)).length === 0)
      throw noticesError("noticeNotFound");
    const changed = await updateNotices(tx, changes, sql`${mine} and ${among}`);
    const appended = await appendInPortions(tx, changed);
    return { appended, counts: await readCounts(tx, owner) };
  });
  publishAppended(ctx.bus, appended);
  return counts;
}

/** How many notices one event of a list holds at most. */
const EVENT_SIZE = 200;

async function appendInPortions(tx: Transaction, changed: readonly NoticeRecord[]): Promise<Appended> {
  const entries = [];
  for (let at = 0; at < changed.length; at += EVENT_SIZE)
    entries.push(...(await changedEntries(tx, changed.slice(at, at + EVENT_SIZE))));
  return appendToLogs(tx, entries);
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { bigintsIn, removeRows, rowsOf, textsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";

/** Updates from or about these Telegram users, wherever in them they are named. Condition on `telegram_updates`. */
export function aboutTelegramUser(telegramIds: readonly string[]): SQL {
  const ids = JSON.stringify({ ids: telegramIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number) });
  return sql`jsonb_path_exists(payload, '$.**.id ? (@ == $ids[*])', ${ids}::jsonb)`;
}

/**
 * Updates of groups that show what belongs to these subjects: in their topics, or one of their messages, or an answer to one.
 * Condition on `telegram_updates`.
 */
function aboutSubjects(subjects: readonly string[]): SQL {
  const message = sql`coalesce(payload->'message', payload->'edited_message', payload->'business_message', payload->'edited_business_message', payload->'message_reaction')`;
  const bigint = (path: string) => sql`(${message} #>> ${path}::text[])::bigint`;
  return sql`(
    exists (select 1 from telegram_topics s where s.subject in ${textsIn(subjects)}
      and s.chat_id = ${bigint("{chat,id}")} and s.thread_id = ${bigint("{message_thread_id}")})
    or exists (select 1 from telegram_messages t where t.parent in ${textsIn(subjects)}
      and t.chat_id = ${bigint("{chat,id}")}
      and t.telegram_message_id in (${bigint("{message_id}")}, ${bigint("{reply_to_message,message_id}")})))`;
}

/** Forgets which Telegram messages show what belongs to these subjects. @returns how many */
export async function forgetMessages(tx: Transaction, parents: readonly string[]): Promise<number> {
  return removeRows(tx, "telegram_messages", sql`parent in ${textsIn(parents)}`);
}

/** By what updates tell of a person. */
export interface TelegramTraces {
  telegramIds: readonly string[];
  /** What in groups belongs to them: parents of messages, subjects of topics. */
  subjects: readonly string[];
}

export const telegramIdsOf = (identities: readonly { namespace: string; externalId: string }[]): string[] =>
  identities.filter((one) => one.namespace === "telegram").map((one) => one.externalId);

const about = ({ telegramIds, subjects }: TelegramTraces): SQL =>
  sql`(${aboutTelegramUser(telegramIds)} or ${aboutSubjects(subjects)})`;

/** Updates of one statement at most: what it reads inside of each takes time. */
const PAGE = 10_000;

/** The ids of updates, looked for page by page, so that no statement takes long. @param condition on `telegram_updates` */
export async function findUpdates(db: Database, condition: SQL): Promise<number[]> {
  const ids: number[] = [];
  for (let after: string | null = "-1"; after !== null; ) {
    const [page]: { last: string | null; found: number[] | null }[] = rowsOf(
      await db.execute(sql`
        select max(id)::text as last, jsonb_agg(id) filter (where ${condition}) as found
        from (select * from telegram_updates where id > ${after}::bigint order by id limit ${PAGE}) page`),
    );
    ids.push(...(page?.found ?? []));
    after = page?.last ?? null;
  }
  return ids;
}

/** Updates that told of a person at some time. */
export interface SeenUpdates {
  of: TelegramTraces;
  ids: readonly number[];
  at: Date;
}

/** Looks for them before anything is locked. */
export const seeUpdates = async (db: Database, of: TelegramTraces, at: Date): Promise<SeenUpdates> => ({
  of,
  ids: await findUpdates(db, about(of)),
  at,
});

/** How far the clocks of nodes may be apart. */
const SKEW_MS = 10 * 60_000;

/**
 * Deletes the updates that tell of a person. Those that were there when they were looked for are known by their ids: only what came or was
 * worked off since is looked into, unless the person has turned out to be known by more.
 * @returns how many
 */
export async function deleteUpdates(tx: Transaction, of: TelegramTraces, seen: SeenUpdates): Promise<number> {
  const isKnown =
    of.telegramIds.every((id) => seen.of.telegramIds.includes(id)) &&
    of.subjects.every((subject) => seen.of.subjects.includes(subject));
  if (!isKnown) return removeRows(tx, "telegram_updates", about(of));
  const since = sql`${new Date(seen.at.getTime() - SKEW_MS).toISOString()}::timestamptz`;
  const isNew = sql`received_at >= ${since} or processed_at is null or processed_at >= ${since}`;
  const fresh = rowsOf<{ id: number }>(await tx.execute(sql`select id from telegram_updates where ${isNew}`)).map(
    ({ id }) => id,
  );
  const old = await removeRows(tx, "telegram_updates", sql`id in ${bigintsIn(seen.ids)}`);
  return old + (await removeRows(tx, "telegram_updates", sql`id in ${bigintsIn(fresh)} and ${about(of)}`));
}

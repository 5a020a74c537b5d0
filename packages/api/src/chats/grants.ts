import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";

/**
 * What a caller may do with a chat, in one rule:
 *
 * - The account's owner, keys and Pult itself may do everything.
 * - Others need a grant that names them or their role, and has not ended. Grants for the chat come before those for all chats of the account,
 *   then those that name the person before those for their role, then the higher before the lower. The first of them decides, also by `none`.
 *   Without one the chat does not exist for them; an account of which they see no chat does not exist either.
 *
 * `metadata`: that there is a chat, with whom, when it was written in, how much is unread; no text, no file. `read`: its messages and files.
 * `write`: acting as the account.
 */
export const ACCESS = ["none", "metadata", "read", "write"] as const;
export type Access = (typeof ACCESS)[number];

/** Whether one access includes another. */
export const allows = (held: Access, needed: Access): boolean => ACCESS.indexOf(held) >= ACCESS.indexOf(needed);

export const grant = z.object({
  role: z.string().nullable(),
  personId: z.string().nullable(),
  /** Null: all chats of the account. */
  chatId: z.number().nullable(),
  access: z.enum(ACCESS),
  /** ISO 8601; null does not end by itself. */
  until: z.string().nullable(),
});
export type Grant = z.infer<typeof grant>;

/** Of grants `g`: the first decides. */
export const PRECEDENCE: SQL = sql`g.chat_id is null, g.person_id is null, array_position(array['write', 'read', 'metadata', 'none'], g.access)`;

/** Whether a grant `g` has ended. */
export const ENDED = (at: Date): SQL => sql`coalesce(g.until <= ${at.toISOString()}::timestamptz, false)`;

/** Whether an expression of `Access` includes another. */
export const isAtLeast = (access: SQL, needed: Access): SQL =>
  sql`${access} = any(${`{${ACCESS.slice(ACCESS.indexOf(needed)).join()}}`}::text[])`;

/** All grants of an account that go on or have not been removed yet, in the order of `PRECEDENCE`. */
export async function readGrants(db: Database | Transaction, sessionId: string): Promise<Grant[]> {
  const rows = rowsOf<Grant>(
    await db.execute(sql`
      select g.role, g.person_id as "personId", g.chat_id as "chatId", g.access,
        to_char(g.until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as until
      from telegram_shares g where g.session_id = ${sessionId} order by ${PRECEDENCE}`),
  );
  return rows.map(({ chatId, ...one }) => ({ ...one, chatId: chatId === null ? null : Number(chatId) }));
}

const isOver = ({ until }: Grant, now: Date): boolean => until !== null && Date.parse(until) <= now.getTime();

/** What grants that name a caller, in the order of `PRECEDENCE`, let them do. @param chatId null is a chat that no grant names */
export const accessIn = (grants: readonly Grant[], chatId: number | null, now: Date): Access =>
  grants.find((one) => (one.chatId === null || one.chatId === chatId) && !isOver(one, now))?.access ?? "none";

/** Whether grants let a caller see anything. */
export const seesAny = (grants: readonly Grant[], now: Date): boolean =>
  grants.some(({ chatId }) => accessIn(grants, chatId, now) !== "none");

/** Unix ms at which the next of these ends; null when none will. */
export function nextEnd(grants: readonly Grant[], now: Date): number | null {
  const ends = grants.flatMap(({ until }) => (until === null ? [] : Date.parse(until)));
  const ahead = ends.filter((end) => end > now.getTime());
  return ahead.length === 0 ? null : Math.min(...ahead);
}

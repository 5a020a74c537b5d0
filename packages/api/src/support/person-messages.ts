import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";

export interface PersonMessage {
  /** Instant in microseconds, UTC. */
  at: string;
  key: string;
  id: number;
  conversationId: number;
  channel: string;
  kind: string;
  text: string;
  author: string;
}

const KEY = sql`('desk:' || lpad(m.id::text, 19, '0'))`;

/**
 * Messages of a person's conversations, newest first; callers have checked who asks.
 * @param isAfter whether a message comes after a place, by when it was written and its key
 */
export async function selectPersonMessages(
  db: Database,
  personId: string,
  { isAfter, limit }: { isAfter(row: { at: SQL; key: SQL }): SQL; limit: number },
): Promise<PersonMessage[]> {
  return rowsOf<PersonMessage>(
    await db.execute(sql`
      select to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as at, ${KEY} as key, m.id,
        m.conversation_id as "conversationId", c.channel, m.kind, m.text, m.author_name as author
      from conversations c join messages m on m.conversation_id = c.id
      where c.person_id = ${personId} and m.deleted_at is null and ${isAfter({ at: sql`m.created_at`, key: KEY })}
      order by m.created_at desc, ${KEY} collate "C" desc limit ${limit}`),
  );
}

export async function countPersonMessages(db: Database, personId: string): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await db.execute(sql`
      select count(*)::int as count from conversations c join messages m on m.conversation_id = c.id
      where c.person_id = ${personId} and m.deleted_at is null`),
  );
  return row?.count ?? 0;
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { isoOf } from "../rooms/rows.ts";
import type { ChatMessage } from "../schema.ts";
import { shownTrader } from "../traders.ts";

interface MessageRow {
  id: number;
  traderId: string;
  userId: string | null;
  name: string | null;
  text: string;
  clientId: string | null;
  at: string;
}

/** @param rest what follows `from room_messages m join traders t on t.id = m.trader_id` */
export async function selectMessages(db: Database | Transaction, rest: SQL): Promise<ChatMessage[]> {
  const rows = rowsOf<MessageRow>(
    await db.execute(sql`
      select m.id, m.trader_id as "traderId", t.user_id as "userId", t.name, m.text, m.client_id as "clientId", ${isoOf("m.created_at")} as at
      from room_messages m join traders t on t.id = m.trader_id ${rest}`),
  );
  return rows.map(({ id, traderId, userId, name, text, clientId, at }) => ({
    ...{ id, ...shownTrader({ id: traderId, userId, name }) },
    ...wordsOf({ text, clientId }),
    at,
  }));
}

/** What of a message is its sender's. */
export const wordsOf = ({ text, clientId }: { text: string; clientId: string | null }) =>
  clientId === null ? { text } : { text, clientId };

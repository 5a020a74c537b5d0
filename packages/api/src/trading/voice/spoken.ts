import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { isoOf } from "../rooms/rows.ts";
import type { Spoken } from "../schema.ts";
import { shownTrader } from "../traders.ts";

interface SpokenRow {
  id: string;
  traderId: string;
  userId: string | null;
  name: string | null;
  text: string;
  at: string;
}

/** Words that were heard by a whole room. @param rest what follows utterances `u`, sessions `s` and traders `t` */
export async function selectSpoken(db: Database | Transaction, rest: SQL): Promise<Spoken[]> {
  const rows = rowsOf<SpokenRow>(
    await db.execute(sql`
      select u.id, s.trader_id as "traderId", t.user_id as "userId", t.name, u.text, ${isoOf("u.created_at")} as at
      from voice_utterances u join voice_sessions s on s.id = u.session_id join traders t on t.id = s.trader_id ${rest}`),
  );
  return rows.map(({ id, traderId, userId, name, text, at }) => ({
    ...{ type: "spoke", id, ...shownTrader({ id: traderId, userId, name }) },
    ...{ text, at },
  }));
}

import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { readSetting, writeSetting } from "../settings.ts";

const SETTING = "telegram.sent";
/** A transaction that settles a delivery may commit this long after the time that it notes. */
const LATE_MS = 60_000;

interface Counted {
  count: number;
  /** ISO 8601; deliveries that finished later are not part of it. */
  until: string;
}

/** How many messages the bot has sent, ever. */
export async function countSentMessages(db: Database): Promise<number> {
  const { count, until } = await readCounted(db);
  return count + (await countFinished(db, sql`finished_at > ${until}::timestamptz`));
}

/** Adds what has finished to the number that is kept, before the retention deletes it; for one node, now and then. */
export async function foldSentMessages(db: Database, now: Date): Promise<void> {
  const { count, until } = await readCounted(db);
  const end = new Date(now.getTime() - LATE_MS).toISOString();
  if (end <= until) return;
  const finished = await countFinished(
    db,
    sql`finished_at > ${until}::timestamptz and finished_at <= ${end}::timestamptz`,
  );
  await writeSetting(db, SETTING, { count: count + finished, until: end } satisfies Counted);
}

const readCounted = async (db: Database): Promise<Counted> =>
  (await readSetting<Counted>(db, SETTING)) ?? { count: 0, until: new Date(0).toISOString() };

/** Edits, pins and removed topics are calls, but no messages. */
async function countFinished(db: Database, when: SQL): Promise<number> {
  const [row] = rowsOf<{ count: number | string }>(
    await db.execute(sql`
      select count(*) as count from outbox where state = 'done' and ${when} and starts_with(lease, 'bot:')
        and kind <> 'telegram.removeTopic' and coalesce(payload->>'type', '') not in ('edit', 'pin', 'unpin')`),
  );
  return Number(row?.count ?? 0);
}

import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "./rows.ts";
import { openTestDatabase, type TestDatabase, testDatabaseKinds } from "./testing.ts";

/** Pages that are read newest first, as the services ask for them. */
const PAGES: Record<string, string> = {
  "a conversation's history": "select * from messages where conversation_id = 1 order by id desc limit 50",
  "the inbox":
    "select * from conversations where status in ('open', 'pending') and (last_activity_at, id) < (now(), 9) order by last_activity_at desc, id desc limit 50",
  "an agent's inbox":
    "select * from conversations where status in ('open', 'pending') and assignee_id = gen_random_uuid() order by last_activity_at desc, id desc limit 50",
  "unassigned conversations":
    "select * from conversations where status in ('open', 'pending') and assignee_id is null order by last_activity_at desc, id desc limit 50",
  "resolved conversations":
    "select * from conversations where status = 'resolved' order by last_activity_at desc, id desc limit 50",
  "an account's private chats by their newest message":
    "select * from telegram_chats where store_id = '00000000-0000-4000-8000-000000000001' and newest_at is not null order by newest_at desc limit 50",
  "an account's private chats without an answer":
    "select * from telegram_chats where store_id = '00000000-0000-4000-8000-000000000001' and not newest_is_outgoing order by newest_at desc limit 50",
  "moves of deals, for a dry run": "select * from crm_changes where kind = 'moved' order by at desc limit 50",
  "the audit log": "select * from audit_log order by at desc, id desc limit 50",
  "the audit log of an action": "select * from audit_log where action = 'x' order by id desc limit 50",
};

describe.each(testDatabaseKinds("both"))("a page on %s", (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  it.each(Object.entries(PAGES))("of %s comes from an index, without a sort", async (_, query) => {
    const plan = await database.db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`);
      await tx.execute(sql`set local enable_bitmapscan = off`);
      return rowsOf(await tx.execute(sql.raw(`explain ${query}`)));
    });
    expect(JSON.stringify(plan)).toMatch(/Index Scan Backward/);
    expect(JSON.stringify(plan)).not.toMatch(/Sort/);
  });
});

import type { Database } from "@pult/db/database.ts";
import { type SQL, sql } from "drizzle-orm";

const COMPANIES = 2_000;

/** Contacts, each with a private chat of three messages in one of three accounts that an agent linked; a third of them waits for an answer. */
export async function fillCrm(
  db: Database,
  { personId, contacts }: { personId: string; contacts: number },
): Promise<void> {
  const run = (statement: SQL) => db.execute(statement);
  const numbers = sql`generate_series(1, ${contacts}::int) n`;
  /** Of a contact: 60, 30 and 10 in a hundred of the accounts. */
  const store = sql`case when n % 10 < 6 then 1 when n % 10 < 9 then 2 else 3 end`;
  const newest = sql`now() - make_interval(days => (n % 60)::int, secs => (n % 86400)::int)`;
  await run(sql`
    insert into telegram_stores (id, owner, user_id, created_at)
    select ('00000000-0000-4000-8000-00000000000' || s)::uuid, ${`agent:${personId}`}, s, now() from generate_series(1, 3) s`);
  await run(sql`
    insert into telegram_sessions (id, owner, store_id, status, created_at, updated_at)
    select ('00000000-0000-4000-8000-0000000001' || lpad(s::text, 2, '0'))::uuid, ${`agent:${personId}`},
      ('00000000-0000-4000-8000-00000000000' || s)::uuid, 'EXPIRED', now(), now() from generate_series(1, 3) s`);
  await run(sql`
    insert into crm_companies (name, created_by, created_at, updated_at)
    select 'Company ' || n, 'bench', now(), now() from generate_series(1, ${COMPANIES}::int) n`);
  await run(sql`
    insert into crm_contacts (name, telegram_user_id, phone, company_id, created_by, created_at, updated_at)
    select 'Contact ' || lpad((n * 7919 % ${contacts}::int)::text, 6, '0'), 1000000 + n, '+1000' || n,
      (select c.id from crm_companies c offset n % 7 limit 1), 'bench', now(), now() from ${numbers}`);
  await run(sql`
    insert into telegram_chats (id, store_id, chat_id, type, title, has_dialog, top_message_id, top_message_at, newest_at, newest_is_outgoing,
      own_since_theirs, created_at, updated_at)
    select x.store || '/' || x.chat_id, x.store, x.chat_id, 'private', 'Contact', true, 3, x.at, x.at, x.n % 3 <> 0, case when x.n % 3 <> 0 then 1 else 0 end,
      now(), now()
    from (select ('00000000-0000-4000-8000-00000000000' || (${store}))::uuid as store, 1000000 + n as chat_id, ${newest} as at, n from ${numbers}) x`);
  await run(sql`alter table telegram_history disable trigger user`);
  await run(sql`
    insert into telegram_history (store_id, chat_id, id, text, date, is_outgoing)
    select c.store_id, c.chat_id, m, 'Message ' || m, c.newest_at - make_interval(hours => 3 - m), case m when 3 then c.newest_is_outgoing else m = 1 end
    from telegram_chats c, generate_series(1, 3) m where c.chat_id > 1000000`);
  await run(sql`alter table telegram_history enable trigger user`);
  for (const table of [
    "crm_contacts",
    "crm_companies",
    "telegram_chats",
    "telegram_history",
    "telegram_sessions",
    "telegram_stores",
  ])
    await run(sql`vacuum analyze ${sql.identifier(table)}`);
}

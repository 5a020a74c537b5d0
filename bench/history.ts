import { type SQL, sql } from "drizzle-orm";
import { openApp } from "./product.ts";
import { argument, freshDatabase, json, median, services, temporaryDirectory } from "./setup.ts";
import { seconds, withServer } from "./writes/compare.ts";

/**
 * What agents and customers read of a desk that has been used for years: conversations of all sizes, most of them resolved. Each request over
 * HTTP, one at a time and over 32 connections, beside the bare SQL of its rows, one at a time on a connection of the product. Nothing is
 * prepared by hand: statistics are what the databases keep by themselves. `--json` prints an object a line.
 */
const MESSAGES = argument("messages", 1_000_000);
const CONVERSATIONS = argument("conversations", 100_000);
const ROUNDS = 200;
const CONNECTIONS = 32;

const inbox = (input: object): string => `/trpc/support.inbox?input=${encodeURIComponent(JSON.stringify(input))}`;
const active = sql`status in ('open', 'pending')`;
const rows = (where: SQL): SQL =>
  sql`select * from conversations where last_message_id is not null and ${where} order by last_activity_at desc, id desc limit 51`;
const page = (conversation: number): SQL =>
  sql`select * from messages where conversation_id = ${conversation} and kind in ('customer', 'agent', 'greeting') order by id desc limit 51`;
/** Sizes follow the cube of an even distribution: the first conversation has some 2 % of all messages, most have a few. */
const QUIET = Array.from({ length: 100 }, (_, index) => Math.floor(CONVERSATIONS / 2) + index);
const history = (conversation: number): string => `/message_history/bench-${conversation}`;
const cursor = "2026-06-01T00:00:00.000Z_1";

const READS: { name: string; paths: string[]; bare: SQL }[] = [
  { name: "history, a busy customer", paths: [history(1)], bare: page(1) },
  { name: "history, quiet customers", paths: QUIET.map(history), bare: page(QUIET[0] ?? 1) },
  { name: "inbox, all", paths: [inbox({ view: "all" })], bare: rows(active) },
  {
    name: "inbox, unassigned",
    paths: [inbox({ view: "unassigned" })],
    bare: rows(sql`${active} and assignee_id is null`),
  },
  { name: "inbox, resolved", paths: [inbox({ view: "resolved" })], bare: rows(sql`status = 'resolved'`) },
  {
    name: "inbox, further down",
    paths: [inbox({ view: "resolved", cursor })],
    bare: rows(sql`status = 'resolved' and (last_activity_at, id) < ('2026-06-01'::timestamptz, 1)`),
  },
  {
    name: "inbox, a rare word",
    paths: [inbox({ view: "all", search: "needle" })],
    bare: rows(sql`${active} and exists (
      select 1 from messages m where m.conversation_id = conversations.id and m.text ilike '%needle%')`),
  },
];

const { TEST_DATABASE_URL: url } = await services();
if (url) await measure("postgres", { DATABASE_URL: await freshDatabase(url) });
await measure("pglite", {});
process.exit(0);

async function measure(database: string, own: Record<string, string>): Promise<void> {
  const env = { DATA_DIR: temporaryDirectory(), ...own };
  const app = await openApp(env);
  const { db } = app.deps;
  await fill(db);
  const bare = new Map<string, number>();
  for (const { name, bare: query } of READS) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      await db.execute(query);
      times.push(performance.now() - started);
    }
    bare.set(name, median(times));
  }
  await app.database.close();
  await withServer("batches", env, async (run) => {
    for (const { name, paths } of READS) {
      const one = await run({ paths, body: null, connections: 1 });
      const many = await run({ paths, body: null, connections: CONNECTIONS });
      if (one.failed + many.failed > 0) throw new Error(`${name}: ${one.failed + many.failed} requests were refused`);
      const bareMs = bare.get(name) ?? Number.NaN;
      const perSecond = Math.round(many.answered / seconds);
      if (json) console.log(JSON.stringify({ database, name, bareMs, p50: one.p50, p99: many.p99, perSecond }));
      else {
        const times = `bare ${bareMs.toFixed(2)} ms  served ${one.p50.toFixed(2)} ms`;
        console.log(`${database.padEnd(9)} ${name.padEnd(26)} ${times}  ${perSecond}/s  p99 ${many.p99.toFixed(1)} ms`);
      }
    }
  });
}

async function fill(db: Awaited<ReturnType<typeof openApp>>["deps"]["db"]): Promise<void> {
  await db.execute(
    sql`insert into people (name) select 'Customer ' || n from generate_series(1, ${CONVERSATIONS}::int) n`,
  );
  await db.execute(sql`
    insert into identities (namespace, external_id, person_id)
    select 'app', 'bench-' || row_number() over (order by id), id from people where name like 'Customer %'`);
  await db.execute(sql`
    insert into conversations (channel, external_id, person_id, customer_name, status, last_activity_at)
    select 'app', external_id, person_id, 'Customer ' || external_id,
      case when n % 25 = 0 then 'open' when n % 50 = 1 then 'snoozed' else 'resolved' end, now() - n * interval '5 minutes'
    from (select *, substr(external_id, 7)::int as n from identities where external_id like 'bench-%') i order by n`);
  for (let from = 0; from < MESSAGES; from += 50_000) {
    await db.execute(sql`
      insert into messages (conversation_id, kind, text, author_id, author_name, source)
      select 1 + floor(power(random(), 3) * ${CONVERSATIONS})::int, case when n % 2 = 0 then 'customer' else 'agent' end,
             'Message ' || n || ': where is my ' || case when n % 100000 = 0 then 'needle' else 'order' end || '? It should have come yesterday.',
             'bench', 'Bench', 'app'
      from generate_series(${from + 1}::int, ${Math.min(from + 50_000, MESSAGES)}::int) n`);
  }
  await db.execute(sql`
    update conversations c set last_message_id = m.id, last_message_kind = 'customer', last_message_text = 'Where is my order?'
    from (select conversation_id, max(id) as id from messages group by conversation_id) m where m.conversation_id = c.id`);
}

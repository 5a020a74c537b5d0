import type { Context } from "@pult/api/context.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { readHistory, sendAsCustomer } from "@pult/api/support/customer-service.ts";
import { sql } from "drizzle-orm";
import { openApp } from "./product.ts";
import { freshDatabase, json, median, services, temporaryDirectory } from "./setup.ts";

/**
 * A page of 50 of a conversation of 1,000,000 messages, newest and from the middle, as the documented history request reads it (greeting, photos,
 * quotes), beside the bare SQL for the same rows on the same connection pool. One request at a time, in turns. `--json` prints an object a line.
 */
const MESSAGES = 1_000_000;
const WARM_UP = 50;
const ROUNDS = 400;
const PAGE = 50;
const customer = appCustomer("bench", "Bench");

const { TEST_DATABASE_URL: url } = await services();
if (url) await measure("postgres", { DATABASE_URL: await freshDatabase(url) });
await measure("pglite", {});
process.exit(0);

async function measure(database: string, env: Record<string, string>): Promise<void> {
  const app = await openApp({ DATA_DIR: temporaryDirectory(), ...env });
  const ctx: Context = { ...app.system, actor: customer };
  const { message } = await sendAsCustomer(ctx, customer, { text: "The first one", photoIds: [], clientId: null });
  await fill(ctx, message.conversationId);
  await readHistory(ctx, customer, { limit: PAGE });
  for (const [page, beforeId] of [["newest"], ["middle", message.id + MESSAGES / 2]] as const) {
    const { bareMs, serviceMs } = await compare(ctx, message.conversationId, beforeId);
    const ratio = serviceMs / bareMs;
    const words = `bare ${bareMs.toFixed(2)} ms  service ${serviceMs.toFixed(2)} ms  × ${ratio.toFixed(2)}`;
    if (json) console.log(JSON.stringify({ database, page, bareMs, serviceMs, ratio }));
    else console.log(`${database.padEnd(9)} ${page.padEnd(7)} ${words}`);
  }
  await app.database.close();
}

async function fill({ db }: Context, conversationId: number): Promise<void> {
  for (let from = 0; from < MESSAGES; from += 50_000) {
    await db.execute(sql`
      insert into messages (conversation_id, kind, text, author_id, author_name, source)
      select ${conversationId}, case when n % 2 = 0 then 'customer' else 'agent' end,
             'Message ' || n || ': where is my order? It should have come yesterday.', 'bench', 'Bench', 'app'
      from generate_series(${from + 1}::int, ${from + 50_000}::int) n`);
  }
  await db.execute(sql`analyze messages`);
}

async function compare(
  ctx: Context,
  conversationId: number,
  beforeId: number | undefined,
): Promise<{ bareMs: number; serviceMs: number }> {
  const bound = beforeId === undefined ? sql`` : sql`and id < ${beforeId}`;
  const bare = sql`
    select * from messages where conversation_id = ${conversationId} and kind in ('customer', 'agent', 'greeting') ${bound}
    order by id desc limit ${PAGE}`;
  const times = { bare: [] as number[], service: [] as number[] };
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    times.bare.push(await time(() => ctx.db.execute(bare)));
    times.service.push(await time(() => readHistory(ctx, customer, { limit: PAGE, beforeId })));
  }
  return { bareMs: median(times.bare.slice(WARM_UP)), serviceMs: median(times.service.slice(WARM_UP)) };
}

async function time(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "@pult/api/context.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { readHistory, sendAsCustomer } from "@pult/api/support/customer-service.ts";
import { sql } from "drizzle-orm";
import { createApp } from "../apps/server/src/app.ts";
import { parseEnv } from "../apps/server/src/env.ts";
import { createLogger } from "../apps/server/src/logger.ts";
import { findServices } from "../scripts/services.ts";
import { freshDatabase } from "./fresh-database.ts";

/**
 * A page of 50 of a conversation of 1,000,000 messages, newest and from the middle, as the documented history request reads it (greeting, photos,
 * quotes), beside the bare SQL for the same rows on the same connection pool. One request at a time, in turns. `--json` prints an object a line.
 */
const json = process.argv.includes("--json");
const MESSAGES = 1_000_000;
const ROUNDS = 400;
const PAGE = 50;

interface Row {
  database: string;
  page: string;
  bareMs: number;
  serviceMs: number;
}

const services = await findServices();
const rows: Row[] = [];
try {
  const url = services.env.TEST_DATABASE_URL;
  if (url) rows.push(...(await measure("postgres", await freshDatabase(url))));
  rows.push(...(await measure("pglite", null)));
} finally {
  services.stop();
}
for (const row of rows) {
  const ratio = row.serviceMs / row.bareMs;
  if (json) console.log(JSON.stringify({ ...row, ratio }));
  else
    console.log(
      `${row.database.padEnd(9)} ${row.page.padEnd(7)} bare ${row.bareMs.toFixed(2)} ms  service ${row.serviceMs.toFixed(2)} ms  × ${ratio.toFixed(2)}`,
    );
}
process.exit(0);

async function measure(database: string, url: string | null): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "pult-bench-"));
  const app = await createApp(
    parseEnv({ DATA_DIR: directory, ...(url ? { DATABASE_URL: url } : {}) }),
    createLogger("warn"),
  );
  try {
    const customer = appCustomer("bench", "Bench");
    const ctx: Context = { ...app.system, actor: customer };
    const { message } = await sendAsCustomer(ctx, customer, { text: "The first one", photoIds: [], clientId: null });
    await fill(ctx, message.conversationId);
    await readHistory(ctx, customer, { limit: PAGE });
    const middle = message.id + MESSAGES / 2;
    return [
      { database, page: "newest", ...(await compare(ctx, message.conversationId, undefined)) },
      { database, page: "middle", ...(await compare(ctx, message.conversationId, middle)) },
    ];
  } finally {
    await app.database.close();
    rmSync(directory, { recursive: true, force: true });
  }
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
  const customer = appCustomer("bench", "Bench");
  const bound = beforeId === undefined ? sql`` : sql`and id < ${beforeId}`;
  const bare = async () => {
    await ctx.db.execute(sql`
      select * from messages where conversation_id = ${conversationId} and kind in ('customer', 'agent', 'greeting') ${bound}
      order by id desc limit ${PAGE}`);
  };
  const service = async () => {
    await readHistory(ctx, customer, { limit: PAGE, beforeId });
  };
  const times = { bare: [] as number[], service: [] as number[] };
  for (let round = 0; round < ROUNDS + 50; round++) {
    const bareMs = await time(bare);
    const serviceMs = await time(service);
    if (round < 50) continue;
    times.bare.push(bareMs);
    times.service.push(serviceMs);
  }
  return { bareMs: median(times.bare), serviceMs: median(times.service) };
}

async function time(task: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

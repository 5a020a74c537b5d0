import { listMessages, searchMessages } from "@pult/api/chats/store/history.ts";
import type { Context } from "@pult/api/context.ts";
import { sql } from "drizzle-orm";
import { openApp, serve } from "../product.ts";

/** The product's own server; beside its port it reads by its services when it is told to. */
export type NodeOrder =
  | { do: "pages"; accountId: string; chatId: string; limit: number; count: number }
  | { do: "fill"; accountId: string; chatId: string; messages: number }
  | { do: "search"; accountId: string; queries: string[]; limit: number; rounds: number }
  | { do: "usage" };

const DOOR = { mustWork: true };
const app = await openApp(process.env);
const ctx: Context = app.system;
process.send?.({ port: await serve(app) });
process.on("message", (order: NodeOrder) => void obey(order).then((answer) => process.send?.(answer)));
process.once("disconnect", () => process.exit(0));

async function obey(order: NodeOrder): Promise<object> {
  switch (order.do) {
    case "pages":
      return { seconds: await readPages(order) };
    case "fill":
      await fill(order);
      return {};
    case "search":
      return await search(order);
    case "usage": {
      globalThis.gc?.();
      const { user, system } = process.cpuUsage();
      return { cpuMicros: user + system, rss: process.memoryUsage().rss, at: performance.now() };
    }
  }
}

async function readPages({ accountId, chatId, limit, count }: Extract<NodeOrder, { do: "pages" }>): Promise<number> {
  const began = performance.now();
  for (let page = 0, offsetId: number | undefined; page < count; page++) {
    const { nextOffsetId } = await listMessages(ctx, { accountId, chatId, limit, offsetId }, DOOR);
    offsetId = nextOffsetId === null ? undefined : Number(nextOffsetId);
  }
  return (performance.now() - began) / 1_000;
}

/** One word in a hundred thousand messages, one in a thousand, and words that all have. */
async function fill({ accountId, chatId, messages }: Extract<NodeOrder, { do: "fill" }>): Promise<void> {
  const step = 50_000;
  for (let from = 0; from < messages; from += step)
    await app.deps.db.execute(sql`
      insert into telegram_history (store_id, chat_id, id, sender_id, text, date, is_outgoing)
      select s.store_id, ${chatId}::bigint, 1000000 + n, ${chatId}::bigint,
        'Where is my order? rare' || n % 10000 || ' some' || n % 1000, now() - interval '1 year' + n * interval '1 second', false
      from generate_series(${from + 1}::int, ${from + step}::int) n, telegram_sessions s where s.id = ${accountId}`);
  await app.deps.db.execute(sql`vacuum analyze telegram_history`);
}

/** The service beside the bare statements for the same rows, in turns. */
async function search({ accountId, queries, limit, rounds }: Extract<NodeOrder, { do: "search" }>): Promise<object> {
  const [row] = (await app.deps.db.execute(
    sql`select store_id from telegram_sessions where id = ${accountId}`,
  )) as unknown as { store_id: string }[];
  const times = { bare: [] as number[], service: [] as number[] };
  for (let round = 0; round < rounds; round++)
    for (const query of queries) {
      times.bare.push(await time(() => bare(row?.store_id ?? "", query, limit)));
      times.service.push(await time(() => searchMessages(ctx, { accountId, query, limit })));
    }
  return times;
}

async function bare(storeId: string, query: string, limit: number): Promise<void> {
  const matches = sql`store_id = ${storeId} and to_tsvector('simple', text) @@ to_tsquery('simple', ${`${query}:*`})`;
  await app.deps.db.execute(
    sql`select * from telegram_history where ${matches} order by date desc, chat_id desc, id desc limit ${limit + 1}`,
  );
  await app.deps.db.execute(sql`select count(*)::int from telegram_history where ${matches}`);
}

async function time(task: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await task();
  return performance.now() - began;
}

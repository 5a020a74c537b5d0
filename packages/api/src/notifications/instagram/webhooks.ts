import { BatchWriterFullError, createBatchWriter } from "@pult/db/batch-writer.ts";
import { type Database, oneConnection, type Transaction } from "@pult/db/database.ts";
import { bigintsIn, countChanged, rowsOf } from "@pult/db/rows.ts";
import { instagramWebhooks } from "@pult/db/schema/notifications.ts";
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Context, Deps } from "../../context.ts";
import { reasonOf, requestError } from "../../errors.ts";
import { type Announced, announceHealth, publishHealth } from "../../instagram/health.ts";
import { perProcess } from "../../per-process.ts";
import { appendToLogs } from "../../realtime/log.ts";
import { declareLatest, internalOnly } from "../../realtime/topic.ts";
import { repeating } from "../../workers.ts";
import { eventsTopic } from "../events.ts";
import type { InstagramEvent } from "../schema.ts";
import { countEvents, lockAccounts } from "./accounts.ts";
import { customerIdOf, deskTopic, isForDesk, isPutAside } from "./desk.ts";
import { type ReadEvent, readWebhook } from "./read-webhook.ts";

/** Published after a commit that stored webhooks. */
const webhooksTopic = declareLatest<"due", null>("notifications.webhooks", { value: z.null(), mayRead: internalOnly });

/** Webhooks worked off in one transaction, and bytes of them after which no further one is taken. */
const BATCH = 500;
const BATCH_BYTES = 1024 * 1024;
/** Events of one transaction: fewer than readers can be behind without a snapshot, and few where acknowledgements wait for it. */
const portionOf = (db: Database): number => (oneConnection.has(db) ? 25 : 200);
/** How often it looks for webhooks that it was not told of. */
const SWEEP_MS = 5_000;
/** A webhook that fails this often for a reason of ours is put aside, so that it does not hold up the others for ever. */
const MAX_FAILURES = 5;

interface NewWebhook {
  body: string;
  receivedAt: Date;
}

/** The writer of this process. */
export const webhookWriterOf = perProcess(({ db, bus, log }: Pick<Deps, "db" | "bus" | "log">) =>
  createBatchWriter<NewWebhook, null>({
    db,
    // Webhooks need no order: each event says when it happened.
    keyOf: () => "",
    async apply(tx, webhooks) {
      await tx.insert(instagramWebhooks).values([...webhooks]);
      return webhooks.map(() => ({ ok: true, value: null }));
    },
    publish: () => bus.publishLatest(webhooksTopic.name("due"), null),
    publishFailed: (error) => log.error({ err: error }, "Failed to announce webhooks; the next look finds them"),
  }),
);

/**
 * Stores a webhook whose signature was verified; after that it is safe and may be acknowledged. One node works it off.
 * @param body JSON, as it came
 * @throws DomainError `UNAVAILABLE` when too many wait
 */
export async function storeWebhook(ctx: Deps, body: string): Promise<void> {
  await webhookWriterOf(ctx)
    .write({ body, receivedAt: ctx.now() })
    .catch((error) => {
      if (!(error instanceof BatchWriterFullError)) throw error;
      throw requestError("overloaded", {}, { cause: error });
    });
}

/** Resolves when nothing that was acknowledged waits in memory. */
export const drainWebhooks = (ctx: Deps): Promise<void> => webhookWriterOf(ctx).idle();

export const webhookWorker = repeating(
  { name: "notifications.webhooks", lease: "notifications", everyMs: SWEEP_MS, wokenBy: webhooksTopic.name("due") },
  async (ctx) => {
    while (await workOff(ctx, BATCH));
  },
);

/** Failures of ours, by webhook. */
const failuresOf = perProcess(() => new Map<number, number>());

/** @returns whether there may be more */
async function workOff(ctx: Context, limit: number): Promise<boolean> {
  try {
    return await takeWebhooks(ctx, limit);
  } catch (error) {
    if (limit > 1) {
      // One of them may be to blame: alone, the others pass.
      for (let left = limit; left > 0; left--) if (!(await workOff(ctx, 1))) return false;
      return true;
    }
    await countFailure(ctx, error);
    return true;
  }
}

async function countFailure(ctx: Context, error: unknown): Promise<void> {
  const { db, log } = ctx;
  const failures = failuresOf(ctx);
  const [first] = await db
    .select({ id: instagramWebhooks.id })
    .from(instagramWebhooks)
    .where(sql`failure is null`)
    .orderBy(instagramWebhooks.id)
    .limit(1);
  if (!first) return;
  const count = (failures.get(first.id) ?? 0) + 1;
  failures.set(first.id, count);
  log.error({ err: error, webhookId: first.id, count }, "Failed to store the events of a webhook");
  if (count < MAX_FAILURES) throw error;
  failures.delete(first.id);
  await db
    .update(instagramWebhooks)
    .set({ failure: reasonOf(error) })
    .where(eq(instagramWebhooks.id, first.id));
}

/** What could not be read, stored or given to the desk, and why the newest could not. */
export async function countPutAside({ db }: Pick<Context, "db">): Promise<{ count: number; reason: string | null }> {
  const [row] = rowsOf<{ count: number; reason: string | null }>(
    await db.execute(sql`
      select count(*)::int as count, (array_agg(reason order by at desc, id desc))[1] as reason from (
        select id, received_at as at, failure as reason from instagram_webhooks where failure is not null
        union all
        select id, received_at, desk_note from instagram_events where ${isPutAside}) one`),
  );
  return row ?? { count: 0, reason: null };
}

/** Has everything that was put aside tried once more. @returns how many */
export async function retryPutAside({ db, bus, now }: Pick<Context, "db" | "bus" | "now">): Promise<number> {
  const count = await db.transaction(
    async (tx) =>
      (await countChanged(tx, sql`update instagram_webhooks set failure = null where failure is not null`)) +
      (await countChanged(
        tx,
        sql`update instagram_events set desk_due_at = ${now().toISOString()}::timestamptz, desk_attempts = 0, desk_note = null where ${isPutAside}`,
      )),
  );
  bus.publishLatest(webhooksTopic.name("due"), null);
  bus.publishLatest(deskTopic.name("due"), null);
  return count;
}

interface WebhookRow {
  id: number | string;
  body: string;
  receivedAt: number | string;
}

/**
 * Stores the events of the oldest webhooks, a portion in each transaction, and deletes these with the last; one that cannot be read stays, with
 * the reason. What is done twice after a crash is stored once.
 * @returns whether there were any
 */
async function takeWebhooks(ctx: Context, limit: number): Promise<boolean> {
  const { db, bus, now } = ctx;
  const rows = rowsOf<WebhookRow>(
    await db.execute(sql`
      select id, body, extract(epoch from received_at) * 1000 as "receivedAt" from (
        select *, sum(octet_length(body)) over (order by id) - octet_length(body) as before from (
          select * from instagram_webhooks where failure is null order by id limit ${limit}) first) sized
      where before < ${BATCH_BYTES} order by id`),
  );
  const { taken, events } = await readAll(ctx, rows);
  const portion = portionOf(db);
  for (let at = 0; at < events.length || at === 0; at += portion) {
    const isLast = at + portion >= events.length;
    const announced = await db.transaction(async (tx) => {
      if (isLast) await tx.execute(sql`delete from instagram_webhooks where id in ${bigintsIn(taken)}`);
      return storeEvents(tx, events.slice(at, at + portion), now());
    });
    publishHealth(bus, announced);
    bus.publishLatest(deskTopic.name("due"), null);
    // Those who read as fast as they can get time to.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return rows.length > 0;
}

async function readAll({ db, log }: Context, rows: readonly WebhookRow[]) {
  const taken: number[] = [];
  const events: ReadEvent[] = [];
  for (const { id, body, receivedAt } of rows) {
    const webhookId = Number(id);
    try {
      events.push(...readWebhook(body, new Date(Number(receivedAt))));
      taken.push(webhookId);
    } catch (error) {
      const failure = reasonOf(error);
      log.warn({ webhookId, reason: failure }, "Failed to read a webhook; stored with the reason");
      await db.update(instagramWebhooks).set({ failure }).where(eq(instagramWebhooks.id, webhookId));
    }
  }
  return { taken, events };
}

/** Stores what is new of these events, in their order, counts it and announces it. */
async function storeEvents(tx: Transaction, events: readonly ReadEvent[], now: Date): Promise<Announced> {
  const fresh = new Map<string, ReadEvent>();
  for (const one of events) {
    const identity = JSON.stringify([one.accountId, one.kind, one.key]);
    if (!fresh.has(identity)) fresh.set(identity, one);
  }
  if (fresh.size === 0) return { appended: new Map(), owes: false };
  const accounts = await lockAccounts(
    tx,
    [...fresh.values()].map(({ accountId }) => accountId),
    now,
  );
  const isOn = (accountId: string) => accounts.get(accountId)?.enabled !== false;
  const stored = await insertEvents(tx, [...fresh.values()], { now, isOn });
  const counted = stored.map(({ event }) => ({ accountId: event.accountId, kind: event.eventType }));
  const health = await countEvents(tx, { accounts, stored: counted, now });
  const announced = await announceHealth(tx, now, health);
  const appended = await appendToLogs(
    tx,
    stored
      .filter(({ event }) => isOn(event.accountId))
      .map(({ id, event }) => ({
        topic: eventsTopic.name("all"),
        payload: { type: "event", eventId: Number(id), event },
      })),
  );
  return { ...announced, appended: new Map([...announced.appended, ...appended]) };
}

/** @returns those that were not stored before, in their order */
async function insertEvents(
  tx: Transaction,
  events: readonly ReadEvent[],
  { now, isOn }: { now: Date; isOn: (accountId: string) => boolean },
): Promise<{ id: number | string; event: InstagramEvent }[]> {
  const rows = events.map(({ accountId, kind, key, event, source }, ord) => ({
    ord,
    account: accountId,
    kind,
    key,
    sender: customerIdOf(event, source) ?? event.sender.id ?? null,
    event,
    source,
    occurred: event.timestamp,
    desk: isForDesk(event) && isOn(accountId) ? now.toISOString() : null,
  }));
  return rowsOf(
    await tx.execute(sql`
      with added as (
        insert into instagram_events (account_id, kind, key, sender_id, event, source, occurred_at, received_at, desk_due_at)
        select account, kind, key, sender, event, source, occurred, ${now.toISOString()}::timestamptz, desk
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ord int, account text, kind text, key text, sender text,
          event jsonb, source jsonb, occurred timestamptz, desk timestamptz)
        order by ord
        on conflict do nothing returning id, event)
      select id, event from added order by id`),
  );
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { isLeaseCurrent, type Lease } from "@pult/db/leases.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import {
  type DueItem,
  type HandedOver,
  hasFilledOther,
  type OutboxHandler,
  type OutboxHandlers,
  publishDue,
  type Settled,
} from "./outbox.ts";
import { PRIORITIES, type Priority } from "./pacer.ts";

/** The first item of a queue. */
export interface QueueHead {
  lease: string;
  queue: string;
  priority: Priority;
  /** Unix ms. */
  dueAt: number;
}

/** An item with what only the worker needs. */
export interface QueuedItem extends DueItem {
  /** Milliseconds it has waited for its own sake. */
  waitedMs: number;
}

const HEADS_AT_ONCE = 500;

const priorityOf = (value: number): Priority => PRIORITIES[value] ?? "bulk";

/** Leases whose queues owe something, found by hopping over the index. */
export async function selectLeases(db: Database): Promise<string[]> {
  const rows = rowsOf<{ lease: string }>(
    await db.execute(sql`
      with recursive hop as (
        (select lease from outbox where state = 'pending' order by lease limit 1)
        union all
        select next.lease from hop cross join lateral (
          select lease from outbox where state = 'pending' and lease > hop.lease order by lease limit 1) next
      )
      select lease from hop`),
  );
  return rows.map(({ lease }) => lease);
}

/** The heads of queues of these leases, what is due and leaves first first; found by hopping over the index. */
export async function selectHeads(db: Database, leases: readonly string[], now: Date): Promise<QueueHead[]> {
  if (leases.length === 0) return [];
  const rows = rowsOf<{ lease: string; queue: string; priority: number; dueAt: number }>(
    await db.execute(sql`
      with recursive mine as (select * from jsonb_array_elements_text(${JSON.stringify(leases)}::jsonb) as x(lease)), hop as (
        (select first.* from mine cross join lateral (
          select lease, queue, priority, due_at from outbox o where state = 'pending' and o.lease = mine.lease
          order by queue, priority, id limit 1) first)
        union all
        select next.* from hop cross join lateral (
          select lease, queue, priority, due_at from outbox o where state = 'pending' and o.lease = hop.lease and o.queue > hop.queue
          order by queue, priority, id limit 1) next
      )
      select lease, queue, priority, (extract(epoch from due_at) * 1000)::float as "dueAt" from hop
      order by greatest(due_at, ${now.toISOString()}::timestamptz), priority, due_at limit ${HEADS_AT_ONCE}`),
  );
  return rows.map((row) => ({ ...row, priority: priorityOf(row.priority) }));
}

interface ItemRow extends Omit<QueuedItem, "priority" | "dueAt"> {
  priority: number;
  dueAt: number;
}

/** The item of a queue that leaves next. */
export async function selectFirst(
  db: Database,
  { lease, queue }: Pick<QueueHead, "lease" | "queue">,
): Promise<QueuedItem | null> {
  const [row] = rowsOf<ItemRow>(
    await db.execute(sql`
      select id, queue, kind, lease, priority, payload, subject, person_id as "personId", route, attempts, waited_ms as "waitedMs",
             (extract(epoch from due_at) * 1000)::float as "dueAt"
      from outbox where state = 'pending' and lease = ${lease} and queue = ${queue} order by priority, id limit 1`),
  );
  return row ? { ...row, priority: priorityOf(row.priority), dueAt: new Date(row.dueAt) } : null;
}

/** Gives items that were stored without a lease the one their handler names. */
export async function assignLeases(deps: Deps, handlers: OutboxHandlers): Promise<void> {
  const rows = rowsOf<{ id: number; kind: string; payload: unknown }>(
    await deps.db.execute(sql`select id, kind, payload from outbox where state = 'pending' and lease = ''`),
  );
  const assigned = rows.flatMap(({ id, kind, payload }) => {
    const handler = handlers[kind];
    const parsed = handler?.schema.safeParse(payload);
    return [{ id, lease: parsed?.success ? (handler?.lease(deps, parsed.data) ?? kind) : kind }];
  });
  await deps.db.execute(sql`
    update outbox o set lease = x.lease from jsonb_to_recordset(${JSON.stringify(assigned)}::jsonb) as x(id bigint, lease text)
    where o.id = x.id and o.lease = ''`);
}

/** Pauses that destinations asked for and that still last. */
export async function selectPauses(db: Database, now: Date): Promise<{ bucket: string; until: Date }[]> {
  const rows = rowsOf<{ bucket: string; until: number }>(
    await db.execute(sql`
      select bucket, (extract(epoch from until) * 1000)::float as until from outbox_pauses where until > ${now.toISOString()}::timestamptz`),
  );
  return rows.map(({ bucket, until }) => ({ bucket, until: new Date(until) }));
}

export interface Settlement {
  item: QueuedItem;
  settled: Settled | { state: "handOver" };
  /** Undefined for a kind that no slice delivers. */
  handler: OutboxHandler | undefined;
  lease: Lease;
  /** The bucket to pause and until when. */
  pause: { bucket: string; until: Date } | null;
}

/**
 * Stores an item's outcome with what the slice makes of it, and announces it.
 * @returns as what it is settled, null when it was already; false when another node holds the lease by now: nothing is stored
 */
export async function settle(deps: Deps, settlement: Settlement): Promise<Settled | null | false> {
  const { item, handler, lease, pause } = settlement;
  const outcome = await deps.db.transaction(async (tx) => {
    if (!(await isLeaseCurrent(tx, lease))) return false;
    const now = deps.now();
    if (pause) await storePause(tx, pause, now);
    const handedOver = await handOver(deps, tx, settlement);
    if (!handedOver) return { settled: null, appended: new Map(), owes: false };
    const { settled, entries } = handedOver;
    const isThere =
      settled.state === "wait" ? await postpone(tx, item, { settled, now }) : await finish(tx, item, { settled, now });
    if (!isThere || !handler) return { settled, appended: new Map(), owes: hasFilledOther(tx, item) };
    const own = await handler.settled(tx, item, { ...settled, at: now });
    const appended = await appendToLogs(tx, [...entries, ...own]);
    return { settled, appended, owes: hasFilledOther(tx, item) };
  });
  if (!outcome) return false;
  publishAppended(deps.bus, outcome.appended);
  // This queue goes on by itself; what stands in others may be another node's to deliver.
  if (outcome.owes) publishDue(deps.bus);
  return outcome.settled;
}

async function handOver(
  deps: Deps,
  tx: Transaction,
  { item, settled, handler }: Settlement,
): Promise<HandedOver | null> {
  if (settled.state !== "handOver") return { settled, entries: [] };
  if (!handler?.handOver) throw new Error(`${item.kind} cannot be handed over`);
  return handler.handOver(deps, tx, { ...item, payload: handler.schema.parse(item.payload) });
}

async function storePause(tx: Transaction, { bucket, until }: { bucket: string; until: Date }, now: Date) {
  await tx.execute(sql`delete from outbox_pauses where until < ${now.toISOString()}::timestamptz`);
  await tx.execute(sql`
    insert into outbox_pauses (bucket, until) values (${bucket}, ${until.toISOString()}::timestamptz)
    on conflict (bucket) do update set until = greatest(outbox_pauses.until, excluded.until)`);
}

function whyOf(settled: Settled) {
  const { reason, problem = null, params = null } = settled.state === "done" ? { reason: null } : settled;
  return sql`reason = ${reason}, problem = ${problem}, params = ${params === null ? null : JSON.stringify(params)}::jsonb`;
}

/** @returns whether the item is still there */
async function postpone(
  tx: Transaction,
  item: QueuedItem,
  { settled, now }: { settled: Extract<Settled, { state: "wait" }>; now: Date },
): Promise<boolean> {
  const due = new Date(now.getTime() + settled.delayMs).toISOString();
  const waitedMs = item.waitedMs + (settled.scope === "item" ? settled.delayMs : 0);
  const rows = rowsOf(
    await tx.execute(sql`
      update outbox set attempts = attempts + ${settled.scope === "planned" ? 0 : 1}::int, waited_ms = ${waitedMs}, due_at = ${due}::timestamptz, ${whyOf(settled)},
        payload = ${JSON.stringify(settled.payload ?? item.payload)}::jsonb
      where id = ${item.id} and state = 'pending' returning id`),
  );
  return rows.length > 0;
}

async function finish(
  tx: Transaction,
  item: QueuedItem,
  { settled, now }: { settled: Exclude<Settled, { state: "wait" }>; now: Date },
): Promise<boolean> {
  const rows = rowsOf(
    await tx.execute(sql`
      update outbox set state = ${settled.state}, finished_at = ${now.toISOString()}::timestamptz, ${whyOf(settled)}
      where id = ${item.id} and state = 'pending' returning id`),
  );
  return rows.length > 0;
}

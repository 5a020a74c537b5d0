import type { Transaction } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Deps } from "../context.ts";
import type { Bus } from "../realtime/bus.ts";
import { holdsLogs, type NewEntry } from "../realtime/log.ts";
import { declareLatest, internalOnly } from "../realtime/topic.ts";
import { type Bucket, PRIORITIES, type Priority } from "./pacer.ts";
import type { Why } from "./why.ts";

/** Something owed to the outside world: one call. */
export interface OutboxItem<Payload = unknown> {
  /**
   * Ordered: one call at a time, by (priority, id). Queues run side by side. The first item holds its queue until it is due, so what is
   * scheduled for later has a queue of its own.
   */
  queue: string;
  /** Which handler delivers it. */
  kind: string;
  /** Which node delivers it: the one that holds this lease. All items of a queue name the same. */
  lease: string;
  priority: Priority;
  dueAt: Date;
  payload: Payload;
  /** `<slice>.<thing>:<id>`, for look-ups and for what people see. */
  subject: string;
  /** A newer item of the queue with the same key replaces one that was never tried: edits, status, live location. */
  replaces?: string;
  /** Earlier items of the queue that were never tried become due with it, instead of holding it up. */
  expeditesEarlier?: boolean;
  /** The person it is for, where Pult knows them. */
  personId: string | null;
  /** The way it goes: `group`, `telegram`, `push`… */
  route: string;
}

/** An item that is delivered now. */
export interface DueItem<Payload = unknown> extends OutboxItem<Payload> {
  id: number;
  /** Settled attempts before this one. */
  attempts: number;
}

/** The outcome of one call. */
export type Verdict<Payload = unknown> =
  | { state: "done"; result?: unknown }
  /** There is nothing to do any more. */
  | ({ state: "skipped" } & Why)
  /** Never, in no form. `pauseMs`: the innermost bucket asked for a pause, which other calls keep. */
  | ({ state: "failed"; pauseMs?: number } & Why)
  /** The answer was lost after one repeat: a person decides. */
  | ({ state: "unknown" } & Why)
  /** What becomes of it is decided by `handOver`, in the transaction that settles it. */
  | { state: "handOver" }
  /**
   * Later. `item`: only this item waits, and is parked after `maxItemWaitMs`; `bucket`: the innermost bucket asked for a pause, which is kept in
   * the database; `provider`: nothing can be delivered now; `planned`: people want it later, which is no fault and counts as no attempt.
   */
  | ({
      state: "wait";
      scope: "item" | "bucket" | "provider" | "planned";
      delayMs: number;
      /** Of `item`: how long all its waits together may be. Default `maxItemWaitMs`. */
      parkAfterMs?: number;
      payload?: Payload;
    } & Why)
  /** Retry at once: the cause is fixed, or the payload changed. */
  | { state: "again"; payload?: Payload };

/** What an item is settled as. A parked one waited too long for a reason of its own: people see it and may retry it; its queue goes on. */
export type Settled<Payload = unknown> =
  | Exclude<Verdict<Payload>, { state: "again" | "handOver" }>
  | ({ state: "parked" } & Why);

/** The same with the moment, which is also that of what follows from it. */
export type SettledAt<Payload = unknown> = Settled<Payload> & { at: Date };

/** As what an item is settled that was decided about late, with what is announced of others. */
export interface HandedOver<Payload = unknown> {
  settled: Settled<Payload>;
  entries: readonly NewEntry[];
}

export interface OutboxHandler<Payload = unknown> {
  schema: z.ZodType<Payload>;
  /** For items that were stored before their lease was known. */
  lease(deps: Deps, payload: Payload): string;
  /** Paced destinations that the call passes, outermost first. */
  buckets(deps: Deps, payload: Payload): readonly Bucket[];
  /** Makes the call. What it throws is an error of ours: logged, repeated with growing waits, and given up after a few times. */
  deliver(deps: Deps, item: DueItem<Payload>): Promise<Verdict<Payload>>;
  /** Decides about an item in the transaction that settles it, for the verdict `handOver`. @returns null when it is settled already */
  handOver?(deps: Deps, tx: Transaction, item: DueItem<Payload>): Promise<HandedOver<Payload> | null>;
  /** In the transaction that settles the item: stores what follows, and puts into the outbox what is owed then. @returns what is announced */
  settled(tx: Transaction, item: DueItem<Payload>, settled: SettledAt<Payload>): Promise<readonly NewEntry[]>;
}

/** By kind. */
// biome-ignore lint/suspicious/noExplicitAny: each handler has a payload of its own, checked by its schema.
export type OutboxHandlers = Readonly<Record<string, OutboxHandler<any>>>;

/** Published after a commit that left something in the outbox. */
export const outboxTopic = declareLatest<"due", null>("outbox", { value: z.null(), mayRead: internalOnly });

export const publishDue = (bus: Bus): void => bus.publishLatest(outboxTopic.name("due"), null);

type Place = Pick<OutboxItem, "lease" | "queue">;

/** Where each transaction put something. */
const filled = new WeakMap<Transaction, Place[]>();

/** Whether a transaction put something into another queue than this one. */
export const hasFilledOther = (tx: Transaction, own: Place): boolean =>
  (filled.get(tx) ?? []).some(({ lease, queue }) => lease !== own.lease || queue !== own.queue);

/**
 * Puts items into the outbox, in this order; call `publishDue` after the commit, but not for what a handler puts there. Items that replace or
 * expedite others lock these, as settling does, before any log.
 */
export async function enqueue(tx: Transaction, items: readonly OutboxItem[]): Promise<void> {
  if (items.length === 0) return;
  if (holdsLogs(tx) && items.some(({ replaces, expeditesEarlier }) => replaces !== undefined || expeditesEarlier))
    throw new Error("Items of the outbox are locked before logs");
  filled.set(tx, [...(filled.get(tx) ?? []), ...items]);
  const rows = items.map((item, ord) => ({
    ord,
    queue: item.queue,
    kind: item.kind,
    lease: item.lease,
    priority: PRIORITIES.indexOf(item.priority),
    due: item.dueAt.toISOString(),
    payload: item.payload,
    subject: item.subject,
    replaces: item.replaces ?? null,
    person: item.personId,
    route: item.route,
  }));
  const replacing = rows.flatMap(({ lease, queue, replaces }) =>
    replaces === null ? [] : [{ lease, queue, replaces }],
  );
  if (replacing.length > 0) {
    await tx.execute(sql`
      delete from outbox o using jsonb_to_recordset(${JSON.stringify(replacing)}::jsonb) as x(lease text, queue text, replaces text)
      where o.state = 'pending' and o.attempts = 0 and o.lease = x.lease and o.queue = x.queue and o.replaces = x.replaces`);
  }
  await tx.execute(sql`
    insert into outbox (queue, kind, lease, priority, due_at, payload, subject, replaces, person_id, route)
    select queue, kind, lease, priority, due, payload, subject, replaces, person, route
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ord int, queue text, kind text, lease text, priority smallint,
      due timestamptz, payload jsonb, subject text, replaces text, person uuid, route text) order by ord`);
  const expedited = items
    .filter(({ expeditesEarlier }) => expeditesEarlier)
    .map(({ lease, queue, dueAt }) => ({ lease, queue, due: dueAt }));
  if (expedited.length > 0) {
    await tx.execute(sql`
      update outbox o set due_at = x.due
      from jsonb_to_recordset(${JSON.stringify(expedited)}::jsonb) as x(lease text, queue text, due timestamptz)
      where o.state = 'pending' and o.attempts = 0 and o.lease = x.lease and o.queue = x.queue and o.due_at > x.due`);
  }
}

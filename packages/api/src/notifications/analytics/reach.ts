import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context, Deps } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { perProcess } from "../../per-process.ts";
import { repeating, type WorkerSpec } from "../../workers.ts";
import { NODE_TIMEOUT_SECONDS, readerOf } from "../readers/reader-board.ts";
import type { Reach } from "./schema.ts";

/** What happened between an alert and its users. */
type Contact = "received" | "receivedLater" | "opened";

/** Alerts whose users are remembered, so that none is counted twice. */
const REMEMBERED = 100;

/** Counts of this node that are not written yet. Nothing is written for each user or event. */
class ReachCounter {
  readonly #known = new Map<string, Set<string>>();
  #pending = new Map<string, Record<Contact, number>>();

  note(alertId: string, contact: Contact, readers: Iterable<string>): void {
    const key = `${contact} ${alertId}`;
    const known = this.#known.get(key) ?? new Set();
    const before = known.size;
    for (const reader of readers) known.add(reader);
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    if (known.size === before) return;
    const counts = this.#pending.get(alertId) ?? { received: 0, receivedLater: 0, opened: 0 };
    counts[contact] += known.size - before;
    this.#pending.set(alertId, counts);
  }

  /** Writes what was counted, in one statement. What fails stays to be written. */
  async flush({ db }: Pick<Deps, "db">): Promise<void> {
    if (this.#pending.size === 0) return;
    const pending = this.#pending;
    this.#pending = new Map();
    const rows = [...pending].map(([id, counts]) => ({ id, ...counts }));
    try {
      await db.execute(sql`
        insert into alert_reach as r (alert_id, received, received_later, opened)
        select a.id, x.received, x."receivedLater", x.opened
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id bigint, received int, "receivedLater" int, opened int)
        join live_alerts a on a.id = x.id order by a.id
        on conflict (alert_id) do update set received = r.received + excluded.received,
          received_later = r.received_later + excluded.received_later, opened = r.opened + excluded.opened`);
    } catch (error) {
      for (const [id, counts] of pending) {
        const since = this.#pending.get(id);
        this.#pending.set(id, since ? sum(since, counts) : counts);
      }
      throw error;
    }
  }
}

const sum = (a: Record<Contact, number>, b: Record<Contact, number>): Record<Contact, number> => ({
  received: a.received + b.received,
  receivedLater: a.receivedLater + b.receivedLater,
  opened: a.opened + b.opened,
});

export const reachCounterOf = perProcess((_: Pick<Deps, "bus">) => new ReachCounter());

/** Notes in the transaction that publishes an alert how many users could hear it. */
export async function countConnected(tx: Transaction, alertId: number): Promise<void> {
  await tx.execute(sql`
    insert into alert_reach (alert_id, connected)
    select ${alertId}, count(distinct r.reader) from notification_readers r
    join notification_nodes n on n.node = r.node
    where r.is_current and n.seen_at > now() - make_interval(secs => ${NODE_TIMEOUT_SECONDS})`);
}

/** The calling customer has opened alerts. @throws DomainError `VALIDATION` for staff, who are not counted */
export function noteSeen(ctx: Context, { ids }: { ids: readonly string[] }): void {
  const reader = readerOf(ctx.actor);
  if (reader === null) throw malformed("Only customers are counted");
  for (const id of new Set(ids)) reachCounterOf(ctx).note(id, "opened", [reader]);
}

/** By alert. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function readReach(ctx: Context, { ids }: { ids: readonly string[] }): Promise<Record<string, Reach>> {
  requireStaff(ctx.actor, "notifications:read");
  const rows = rowsOf<Reach & { id: string }>(
    await ctx.db.execute(sql`
      select alert_id::text as id, connected, received, received_later as "receivedLater", opened from alert_reach
      where alert_id in ${bigintsIn(ids.map(Number))}`),
  );
  return Object.fromEntries(rows.map(({ id, ...reach }) => [id, reach]));
}

const FLUSH_MS = 1_000;

/** Every node writes down what it has counted. */
export const reachWorker: WorkerSpec = repeating(
  { name: "notifications.reach", lease: null, everyMs: FLUSH_MS },
  (ctx) => reachCounterOf(ctx).flush(ctx),
);

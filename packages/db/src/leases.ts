import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "./database.ts";
import { rowsOf, textsIn } from "./rows.ts";

/** A lease while this process holds it. */
export interface Lease {
  readonly name: string;
  /** Fencing token: a write that names an older one comes from a former owner. @see isLeaseCurrent */
  readonly token: number;
  /** Aborted when the lease is lost or given back; stop the work then. */
  readonly signal: AbortSignal;
  /** Whether it still lasts by the clock: a process that was paused learns it here before its timers do. */
  lasts(): boolean;
}

/** Whether this process holds a lease; `unknown` before the database answered, and while it does not. */
export type LeaseState = "held" | "elsewhere" | "unknown";

export interface Leases {
  /**
   * Asks for a lease from now on and runs `work` whenever this process holds it. Several works of one name share the lease. `work` ends soon
   * after its signal aborts; the lease is neither asked for again nor given back before that. One that ends by itself is run again with the
   * next renewal.
   * @returns withdraws: aborts the work and waits for its end
   */
  hold(name: string, work: (lease: Lease) => Promise<void>): () => Promise<void>;
  stateOf(name: string): LeaseState;
  /** Aborts every work, waits for its end, and gives all leases back, so that other processes need not wait for their expiry. */
  close(): Promise<void>;
}

export interface LeasesOptions {
  db: Database;
  /** `work` must not throw; what it throws all the same comes here. */
  failed(error: unknown, name: string): void;
  /** The database refused to acquire or renew, reported once per outage. Held leases expire meanwhile. */
  refused(error: unknown): void;
  /** It answers again. */
  answered(): void;
  /** How long a lease outlives its last renewal: what a process leaves when it is killed goes on elsewhere after at most this. */
  ttlMs: number;
  /** How often leases are renewed and free ones asked for, all in one statement. */
  renewMs: number;
}

export const LEASE_TIMES = { ttlMs: 6_000, renewMs: 1_500 };

interface Wanted {
  works: Set<Work>;
  held: Held | null;
}

interface Work {
  run(lease: Lease): Promise<void>;
  /** Null while it does not run. */
  running: { ended: Promise<void>; abort(): void } | null;
}

interface Held {
  token: number;
  expiry: NodeJS.Timeout;
  /** Monotonic ms. */
  until: number;
}

/** Whether this token is still the newest one; locks the lease against a change of owner until the transaction ends. */
export async function isLeaseCurrent(
  tx: Transaction,
  { name, token }: Pick<Lease, "name" | "token">,
): Promise<boolean> {
  const rows = rowsOf(await tx.execute(sql`select 1 from leases where name = ${name} and token = ${token} for share`));
  return rows.length > 0;
}

/**
 * Work that one process does at a time: rows of a table, which cost no connection and work on PostgreSQL and PGlite alike. Expiry is by the
 * database's clock; the holder stops earlier, by its own monotonic clock, counted from before it asked.
 */
export function createLeases(options: LeasesOptions): Leases {
  const { db, failed, refused, answered, ttlMs, renewMs } = options;
  const owner = randomUUID();
  const wanted = new Map<string, Wanted>();
  let isRefused = false;
  let hasAnswered = false;
  let closed = false;
  let asking: Promise<void> | null = null;
  let askAgain = false;
  let timer: NodeJS.Timeout | null = null;

  function ask(): void {
    if (closed) return;
    if (timer) clearTimeout(timer);
    timer = null;
    if (asking) {
      askAgain = true;
      return;
    }
    askAgain = false;
    asking = renew().finally(() => {
      asking = null;
      if (askAgain) ask();
      else if (!closed && wanted.size > 0) timer = setTimeout(ask, renewMs);
    });
  }

  async function renew(): Promise<void> {
    // A lost lease whose work still runs is not asked for, so that two runs of one work never overlap.
    const names = [...wanted].filter(([, one]) => one.held || !isRunning(one)).map(([name]) => name);
    const askedAt = performance.now();
    let tokens: Map<string, number>;
    try {
      tokens = await acquire(db, { names, owner, ttlMs });
    } catch (error) {
      if (!isRefused) refused(error);
      isRefused = true;
      return;
    }
    if (isRefused) answered();
    isRefused = false;
    hasAnswered = true;
    for (const name of names) {
      const token = tokens.get(name);
      if (token === undefined || closed) lose(name);
      else keep(name, token, askedAt + ttlMs);
    }
  }

  function keep(name: string, token: number, until: number): void {
    const one = wanted.get(name);
    if (!one) return;
    // It was another's in between.
    if (one.held && one.held.token !== token) {
      lose(name);
      return;
    }
    if (one.held) clearTimeout(one.held.expiry);
    one.held = { token, until, expiry: setTimeout(() => lose(name), Math.max(0, until - performance.now())) };
    for (const work of one.works) if (!work.running) start(name, work, token);
  }

  function lose(name: string): void {
    const one = wanted.get(name);
    if (!one?.held) return;
    clearTimeout(one.held.expiry);
    one.held = null;
    for (const { running } of one.works) running?.abort();
  }

  function start(name: string, work: Work, token: number): void {
    const controller = new AbortController();
    const lasts = () => !controller.signal.aborted && performance.now() < (wanted.get(name)?.held?.until ?? 0);
    const ended = Promise.resolve(work.run({ name, token, signal: controller.signal, lasts }))
      .catch((error) => failed(error, name))
      .finally(() => {
        work.running = null;
        if (controller.signal.aborted) ask();
      });
    work.running = { ended, abort: () => controller.abort() };
  }

  async function stop(work: Work): Promise<void> {
    work.running?.abort();
    await work.running?.ended;
  }

  /** For names that are not asked for any more. */
  async function giveBack(names: readonly string[]): Promise<void> {
    // A statement under way may still acquire them.
    await asking;
    await db
      .execute(
        sql`update leases set expires_at = clock_timestamp() where owner = ${owner} and name in ${textsIn(names)}`,
      )
      .catch(refused);
  }

  return {
    hold(name, run) {
      const one = wanted.get(name) ?? { works: new Set(), held: null };
      const work: Work = { run, running: null };
      wanted.set(name, one);
      one.works.add(work);
      if (one.held) start(name, work, one.held.token);
      else ask();
      return async () => {
        if (!one.works.delete(work)) return;
        await stop(work);
        if (one.works.size > 0 || wanted.get(name) !== one) return;
        lose(name);
        wanted.delete(name);
        if (!closed) await giveBack([name]);
      };
    },
    stateOf(name) {
      if (wanted.get(name)?.held) return "held";
      return isRefused || !hasAnswered ? "unknown" : "elsewhere";
    },
    async close() {
      if (closed) return;
      closed = true;
      if (timer) clearTimeout(timer);
      const names = [...wanted.keys()];
      await Promise.all([...wanted.values()].flatMap(({ works }) => [...works].map(stop)));
      for (const name of names) lose(name);
      await giveBack(names);
    },
  };
}

const isRunning = ({ works }: Wanted): boolean => [...works].some(({ running }) => running !== null);

/** Takes what is free and renews what is held. @returns tokens by name of all that `owner` holds now */
async function acquire(
  db: Database,
  { names, owner, ttlMs }: { names: readonly string[]; owner: string; ttlMs: number },
): Promise<Map<string, number>> {
  if (names.length === 0) return new Map();
  // What another holds is left out first: a conflicting insert would lock its row.
  const rows = rowsOf<{ name: string; token: number | string }>(
    await db.execute(sql`
      insert into leases (name, owner, token, expires_at)
      select name, ${owner}, 1, clock_timestamp() + ${ttlMs}::int * interval '1 millisecond'
      from jsonb_array_elements_text(${JSON.stringify(names)}::jsonb) as wanted(name)
      where not exists (
        select 1 from leases l where l.name = wanted.name and l.owner <> ${owner} and l.expires_at > clock_timestamp())
      order by name
      on conflict (name) do update set owner = excluded.owner, expires_at = excluded.expires_at,
        token = leases.token + case when leases.owner = excluded.owner then 0 else 1 end
      where leases.owner = excluded.owner or leases.expires_at <= clock_timestamp()
      returning name, token`),
  );
  return new Map(rows.map(({ name, token }) => [name, Number(token)]));
}

import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "./database.ts";
import { createLeases, isLeaseCurrent, type Lease, type Leases, type LeasesOptions } from "./leases.ts";
import { rowsOf } from "./rows.ts";
import { openTestDatabase, type TestDatabase, testDatabaseKinds } from "./testing.ts";

/** A work that runs until its signal aborts, and shows the lease it runs with. */
function recorder() {
  const runs: Lease[] = [];
  const waiting: { count: number; resolve(): void }[] = [];
  return {
    runs,
    work: async (lease: Lease) => {
      runs.push(lease);
      for (const one of waiting) if (runs.length >= one.count) one.resolve();
      await new Promise<void>((resolve) => {
        if (lease.signal.aborted) resolve();
        lease.signal.addEventListener("abort", () => resolve());
      });
    },
    /** Resolves once it has run this often. */
    ran: (count: number) =>
      runs.length >= count ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push({ count, resolve })),
  };
}

const aborted = ({ signal }: Lease): Promise<void> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

describe.each(testDatabaseKinds("both"))("createLeases on %s", (kind) => {
  let database: TestDatabase;
  let open: Leases[];
  let refusals: unknown[];
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  beforeEach(async () => {
    await database.clear();
    open = [];
    refusals = [];
  });
  afterEach(() => Promise.all(open.map((leases) => leases.close())));
  afterAll(() => database.close());

  /** A process of its own. */
  function node(options: Partial<LeasesOptions> = {}): Leases {
    const leases = createLeases({
      db: database.db,
      failed: (error) => {
        throw error;
      },
      refused: (error) => void refusals.push(error),
      answered: () => void refusals.push("answered"),
      // Longer than a test takes: what is about a lease that runs out says so.
      ttlMs: 60_000,
      renewMs: 40,
      ...options,
    });
    open.push(leases);
    return leases;
  }

  /** A work that runs with the lease `a`. */
  async function runOn(leases: Leases) {
    const one = recorder();
    leases.hold("a", one.work);
    await one.ran(1);
    return one;
  }

  /** The database, where each statement goes through `around`. */
  const databaseOf = (around: (run: () => Promise<unknown>) => Promise<unknown>) =>
    ({ execute: (query: never) => around(async () => database.db.execute(query)) }) as unknown as Database;

  it("gives a lease to one process at a time, and to the next at once when it is given back", async () => {
    const [one, other] = [node(), node()];
    const [first, second] = [recorder(), recorder()];
    one.hold("a", first.work);
    await first.ran(1);
    other.hold("a", second.work);
    await vi.waitFor(() => expect(other.stateOf("a")).toBe("elsewhere"), { timeout: 10_000 });
    expect([one.stateOf("a"), second.runs.length]).toEqual(["held", 0]);
    await one.close();
    await second.ran(1);
    expect(second.runs[0]?.token).toBe((first.runs[0]?.token ?? 0) + 1);
    expect(first.runs[0]?.signal.aborted).toBe(true);
  });

  it("takes over what a killed process held, once it has expired by the database's clock", async () => {
    let isKilled = false;
    const killed = node({ db: databaseOf((run) => (isKilled ? new Promise(() => {}) : run())), ttlMs: 400 });
    const dead = await runOn(killed);
    isKilled = true;
    open.splice(open.indexOf(killed), 1);
    const next = await runOn(node());
    expect(next.runs[0]?.token).toBe((dead.runs[0]?.token ?? 0) + 1);
  });

  it("keeps a lease by renewing it, for many names with one statement", async () => {
    let statements = 0;
    const leases = node({
      db: databaseOf((run) => {
        statements += 1;
        return run();
      }),
      renewMs: 20,
    });
    const names = Array.from({ length: 200 }, (_, at) => `account:${at}`);
    const held = names.map((name) => {
      const one = recorder();
      leases.hold(name, one.work);
      return one;
    });
    await Promise.all(held.map((one) => one.ran(1)));
    expect(statements).toBeLessThanOrEqual(3);
    const before = statements;
    const waited = recorder();
    node().hold("account:7", waited.work);
    await vi.waitFor(() => expect(statements).toBeGreaterThan(before + 5), { timeout: 20_000 });
    expect(held.every(({ runs }) => runs.length === 1 && runs[0]?.signal.aborted === false)).toBe(true);
    expect(waited.runs).toEqual([]);
  });

  it("aborts the work when it cannot renew in time, runs it again afterwards, and reports the outage once", async () => {
    let broken = false;
    const db = databaseOf((run) => (broken ? Promise.reject(new Error("the database is away")) : run()));
    const leases = node({ db, ttlMs: 400 });
    const one = await runOn(leases);
    broken = true;
    await aborted(one.runs[0] as Lease);
    expect(leases.stateOf("a")).toBe("unknown");
    broken = false;
    await one.ran(2);
    expect(refusals).toEqual([expect.objectContaining({ message: "the database is away" }), "answered"]);
    expect(leases.stateOf("a")).toBe("held");
  });

  it("aborts the work when another owner is found, and never runs it twice at once", async () => {
    const leases = node();
    let running = 0;
    let most = 0;
    const lost = recorder();
    const release = Promise.withResolvers<void>();
    leases.hold("a", async (lease) => {
      most = Math.max(most, ++running);
      await lost.work(lease);
      await release.promise;
      running -= 1;
    });
    await lost.ran(1);
    await database.db.execute(sql`update leases set owner = 'another', token = token + 1`);
    await aborted(lost.runs[0] as Lease);
    await database.db.execute(sql`update leases set expires_at = clock_timestamp() - interval '1 second'`);
    release.resolve();
    await lost.ran(2);
    expect(most).toBe(1);
    expect(lost.runs[1]?.token).toBe((lost.runs[0]?.token ?? 0) + 2);
  });

  it("shares one lease among several works of a name, and gives it back after the last is withdrawn", async () => {
    const leases = node();
    const [one, two, next] = [recorder(), recorder(), recorder()];
    const withdrawOne = leases.hold("a", one.work);
    await one.ran(1);
    const withdrawTwo = leases.hold("a", two.work);
    await two.ran(1);
    expect(two.runs[0]?.token).toBe(one.runs[0]?.token);
    await withdrawOne();
    expect([one.runs[0]?.signal.aborted, two.runs[0]?.signal.aborted]).toEqual([true, false]);
    await withdrawTwo();
    node().hold("a", next.work);
    await next.ran(1);
  });

  it("recognises a former owner by its token", async () => {
    const leases = node();
    const one = await runOn(leases);
    const lease = one.runs[0] as Lease;
    const isCurrent = () => database.db.transaction((tx) => isLeaseCurrent(tx, lease));
    expect(await isCurrent()).toBe(true);
    await database.db.execute(sql`update leases set owner = 'another', token = token + 1`);
    expect(await isCurrent()).toBe(false);
  });

  it("is unknown before the database answers", () => {
    const leases = node({ db: databaseOf(() => new Promise(() => {})) });
    open.pop();
    leases.hold("a", async () => {});
    expect(leases.stateOf("a")).toBe("unknown");
  });

  it("leaves a row with its token behind, so that the token only grows", async () => {
    const leases = node();
    const _one = await runOn(leases);
    await leases.close();
    const rows = rowsOf<{ expired: boolean }>(
      await database.db.execute(sql`select expires_at <= clock_timestamp() as expired from leases`),
    );
    expect(rows).toEqual([{ expired: true }]);
  });
});

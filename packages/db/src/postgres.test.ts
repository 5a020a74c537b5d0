import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { OpenDatabase } from "./database.ts";
import { openPostgres } from "./postgres.ts";
import { rowsOf } from "./rows.ts";

const url = process.env.TEST_DATABASE_URL ?? "";
const uniqueName = () => `lease-${Math.random()}`;

describe.skipIf(url === "")("openPostgres", () => {
  let one: OpenDatabase;
  let other: OpenDatabase;
  beforeAll(async () => {
    [one, other] = await Promise.all([openPostgres(url, { max: 2 }), openPostgres(url, { max: 2 })]);
  });
  afterAll(() => Promise.all([one.close(), other.close()]));

  it("reaches a server by its socket directory", async () => {
    const rows = rowsOf<{ app: string }>(await one.db.execute(sql`select current_setting('application_name') as app`));
    expect(rows[0]?.app).toBe("pult");
  });

  it("prepares statements that have parameters once, in transactions and savepoints too", async () => {
    await one.db.transaction(async (tx) => {
      const ask = (reader: typeof tx) => reader.execute(sql`select ${"prepared"}::text as word`);
      await ask(tx);
      await tx.transaction((inner) => ask(inner));
      const prepared = rowsOf<{ count: number }>(
        await tx.execute(
          sql`select count(*)::int as count from pg_prepared_statements where statement like 'select $1::text as word%'`,
        ),
      );
      expect(prepared[0]?.count).toBe(1);
    });
  });

  it("fails, and leaves nothing open, when there is no such database", async () => {
    const wrong = new URL(url);
    wrong.pathname = "/no_such_database";
    await expect(openPostgres(wrong.href)).rejects.toThrow("no_such_database");
  });

  it("gives a lease to one at a time, and to the next after its release", async () => {
    const name = uniqueName();
    const lease = await one.tryLease(name);
    expect(lease).not.toBeNull();
    expect(await other.tryLease(name)).toBeNull();
    expect(await one.tryLease(name)).toBeNull();
    await lease?.release();
    const next = await other.tryLease(name);
    expect(next).not.toBeNull();
    expect(lease?.lost.aborted).toBe(false);
    await next?.release();
  });

  it("gives leases of different names beside each other, more than it has connections", async () => {
    const leases = await Promise.all([1, 2, 3, 4].map((at) => one.tryLease(`${uniqueName()}-${at}`)));
    expect(leases.every((lease) => lease !== null)).toBe(true);
    expect(rowsOf(await one.db.execute(sql`select 1`))).toHaveLength(1);
    await Promise.all(leases.map((lease) => lease?.release()));
  });

  it("tells the holder when his connection dies, and gives the lease to another", async () => {
    const name = uniqueName();
    const lease = await one.tryLease(name);
    if (!lease) throw new Error("The lease was not given");
    const lost = new Promise((resolve) => lease.lost.addEventListener("abort", resolve));
    await other.db.execute(sql`
      select pg_terminate_backend(pid, 5000) from pg_locks
      where locktype = 'advisory' and ((classid::bigint << 32) | objid::bigint) = hashtextextended(${name}, 0)`);
    await lost;
    const next = await other.tryLease(name);
    expect(next).not.toBeNull();
    await lease.release();
    expect(await one.tryLease(name)).toBeNull();
    await next?.release();
  });

  it("keeps a lease through its own checks", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const name = uniqueName();
      const lease = await one.tryLease(name);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await other.tryLease(name)).toBeNull();
      expect(lease?.lost.aborted).toBe(false);
      await lease?.release();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

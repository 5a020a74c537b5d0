import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isConnectionLost } from "./connection-lost.ts";
import type { OpenDatabase } from "./database.ts";
import { openPostgres } from "./postgres.ts";
import { rowsOf } from "./rows.ts";
import { createTestDatabase } from "./testing.ts";

describe.skipIf(!process.env.TEST_DATABASE_URL)("openPostgres", () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let one: OpenDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    one = await openPostgres(database.url, { max: 2 });
  });
  afterAll(async () => {
    await one.close();
    await database.drop();
  });

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
    const wrong = new URL(database.url);
    wrong.pathname = "/no_such_database";
    await expect(openPostgres(wrong.href)).rejects.toThrow("no_such_database");
  });

  describe("when the server ends a connection", () => {
    /** A pool with one connection left, and the words that were stored over it. */
    async function openOne() {
      const only = await openPostgres(database.url, { max: 2 });
      const [isHeld, isFree] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const held = only.db.transaction(async (tx) => {
        await tx.execute(sql`select 1`);
        isHeld.resolve();
        await isFree.promise;
      });
      await isHeld.promise;
      await one.db.execute(sql`create table if not exists words (word text)`);
      await one.db.execute(sql`delete from words`);
      const store = (db: Pick<typeof only.db, "execute">, word: string) =>
        db.execute(sql`insert into words values (${word})`);
      const stored = async () =>
        rowsOf<{ word: string }>(await one.db.execute(sql`select word from words order by word`)).map(
          ({ word }) => word,
        );
      /** Ends the server's side of a transaction's connection, and waits until the transaction has noticed. */
      async function cut(tx: Pick<typeof only.db, "execute">) {
        const [row] = rowsOf<{ pid: number }>(await tx.execute(sql`select pg_backend_pid() as pid`));
        const waits = tx.execute(sql`select pg_sleep(30)`).then(
          () => {},
          () => {},
        );
        await one.db.execute(sql`select pg_terminate_backend(${row?.pid}::int)`);
        await waits;
      }
      const close = async () => {
        isFree.resolve();
        await held;
        await only.close();
      };
      return { db: only.db, store, stored, cut, [Symbol.asyncDispose]: close };
    }

    it("refuses every further statement of the transaction, and goes on with a new connection", async () => {
      await using given = await openOne();
      const { db, store, cut } = given;
      for (let round = 0; round < 10; round++) {
        const refused: unknown[] = [];
        const transaction = db.transaction(async (tx) => {
          await store(tx, "lost");
          await cut(tx);
          // Small and large: the driver writes the latter at once.
          for (const word of ["small", "x".repeat(2_000)]) await store(tx, word).catch((error) => refused.push(error));
          throw new Error("over");
        });
        await expect(transaction).rejects.toThrow();
        await vi.waitFor(() => expect(refused.map(isConnectionLost)).toEqual([true, true]), { timeout: 10_000 });
        await store(db, `kept ${round}`);
      }
      expect(await given.stored()).toHaveLength(10);
    });

    it("lets nothing of that transaction into the next one on the same connection", async () => {
      await using given = await openOne();
      const { db, store, cut } = given;
      const [isNext, isOver] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()];
      const late = db.transaction(async (tx) => {
        await cut(tx);
        await isNext.promise;
        await store(tx, "late").then(isOver.resolve, isOver.resolve);
        throw new Error("rolls back");
      });
      await expect(late).rejects.toThrow();
      await db.transaction(async (tx) => {
        await store(tx, "first");
        isNext.resolve();
        expect(await isOver.promise).toBeInstanceOf(Error);
        // The late one's rollback, if it were sent, would be there by now.
        await store(tx, "second");
      });
      expect(await given.stored()).toEqual(["first", "second"]);
    });
  });
});

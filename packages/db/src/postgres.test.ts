import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
});

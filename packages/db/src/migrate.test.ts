import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Database } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";
import { rowsOf } from "./rows.ts";
import { people } from "./schema/auth.ts";
import { migratedDump, openTestDatabase, testDatabaseKinds } from "./testing.ts";

async function countMigrations(db: Database): Promise<number> {
  const rows = rowsOf<{ count: number | string }>(
    await db.execute(sql`select count(*) as count from drizzle.__drizzle_migrations`),
  );
  return Number(rows[0]?.count);
}

describe("migrations", () => {
  it("run once on a directory that is opened twice, and keep what is there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pult-migrate-"));
    try {
      const first = await openPglite(join(directory, "data"), await migratedDump());
      const migrated = await countMigrations(first.db);
      await first.db.insert(people).values({ name: "Olga" });
      await first.close();
      const second = await openPglite(join(directory, "data"));
      expect(migrated).toBeGreaterThan(0);
      expect(await countMigrations(second.db)).toBe(migrated);
      expect(await second.db.select({ name: people.name }).from(people)).toEqual([{ name: "Olga" }]);
      await second.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.skipIf(!process.env.TEST_DATABASE_URL)("of nodes that start together run once", async () => {
    const database = await openTestDatabase("postgres");
    try {
      const rows = rowsOf<{ name: string }>(await database.db.execute(sql`select current_database() as name`));
      await database.db.execute(sql`drop schema drizzle cascade`);
      await database.db.execute(sql`drop schema public cascade`);
      await database.db.execute(sql`create schema public`);
      const url = new URL(process.env.TEST_DATABASE_URL ?? "");
      url.pathname = `/${rows[0]?.name}`;
      const nodes = await Promise.all([1, 2, 3].map(() => openPostgres(url.href, { max: 2 })));
      expect(await countMigrations(database.db)).toBeGreaterThan(0);
      expect(await database.db.select().from(people)).toEqual([]);
      await Promise.all(nodes.map((node) => node.close()));
    } finally {
      await database.close();
    }
  });
});

describe("openTestDatabase", () => {
  it.each(testDatabaseKinds("both"))("empties %s, but never hands out an id again", async (kind) => {
    const database = await openTestDatabase(kind);
    try {
      const insert = async () => {
        const rows = rowsOf<{ id: number | string }>(
          await database.db.execute(
            sql`insert into messages (conversation_id, kind, text, author_name, source)
                values (1, 'customer', '', '', 'app') returning id`,
          ),
        );
        return Number(rows[0]?.id);
      };
      const before = await insert();
      await database.clear();
      expect(rowsOf(await database.db.execute(sql`select id from messages`))).toEqual([]);
      expect(await insert()).toBeGreaterThan(before);
    } finally {
      await database.close();
    }
  });
});

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { type SQL, sql } from "drizzle-orm";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { migrate as migrateWithPglite } from "drizzle-orm/pglite/migrator";
import { drizzle as drizzlePostgres } from "drizzle-orm/postgres-js";
import { migrate as migrateWithPostgres } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { describe, expect, it } from "vitest";
import type { Database } from "./database.ts";
import { migratePglite, migratePostgres } from "./migrate.ts";
import { rowsOf } from "./rows.ts";
import { schema } from "./schema.ts";
import { openTestDatabase, testDatabaseKinds } from "./testing.ts";

interface OldDatabase extends AsyncDisposable {
  db: Database;
  /** Applies this migration and all after it. */
  migrate(): Promise<void>;
}

/** The migrations before one of them, in a folder of their own. */
function migrationsBefore(tag: string): string {
  const folder = mkdtempSync(join(tmpdir(), "pult-migrations-"));
  cpSync(fileURLToPath(new URL("../migrations", import.meta.url)), folder, { recursive: true });
  const file = join(folder, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(file, "utf8")) as { entries: { tag: string }[] };
  const at = journal.entries.findIndex((entry) => entry.tag.endsWith(tag));
  if (at < 0) throw new Error(`No migration ${tag}`);
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, at) }));
  return folder;
}

/** An empty database as it was before a migration. */
async function openBefore(kind: "pglite" | "postgres", tag: string): Promise<OldDatabase> {
  const migrationsFolder = migrationsBefore(tag);
  try {
    return await (kind === "pglite" ? openOldPglite(migrationsFolder) : openOldPostgres(migrationsFolder));
  } finally {
    rmSync(migrationsFolder, { recursive: true });
  }
}

async function openOldPglite(migrationsFolder: string): Promise<OldDatabase> {
  const client = await PGlite.create();
  const db = drizzlePglite(client, { schema });
  await migrateWithPglite(db, { migrationsFolder });
  return { db, migrate: () => migratePglite(db), [Symbol.asyncDispose]: () => client.close() };
}

async function openOldPostgres(migrationsFolder: string): Promise<OldDatabase> {
  const database = await openTestDatabase("postgres");
  const [row] = rowsOf<{ name: string }>(await database.db.execute(sql`select current_database() as name`));
  for (const name of ["drizzle", "public"]) await database.db.execute(sql.raw(`drop schema ${name} cascade`));
  await database.db.execute(sql`create schema public`);
  const url = new URL(process.env.TEST_DATABASE_URL ?? "");
  const host = url.searchParams.get("host");
  url.searchParams.delete("host");
  url.pathname = `/${row?.name}`;
  const client = postgres(url.href, { max: 2, onnotice: () => {}, ...(host ? { host } : {}) });
  const db = drizzlePostgres(client, { schema });
  await migrateWithPostgres(db, { migrationsFolder });
  return {
    db,
    migrate: () => migratePostgres(db),
    async [Symbol.asyncDispose]() {
      await client.end();
      await database.close();
    },
  };
}

const answer = async (db: Database, query: SQL) => rowsOf<Record<string, unknown>>(await db.execute(query));

describe.each(testDatabaseKinds("both"))("Migrations on %s", (kind) => {
  it("keep photos as media files, claimed by their messages", async () => {
    await using old = await openBefore(kind, "media_files");
    await old.db.execute(sql`
      insert into photos (id, message_id, position, file_key, thumb_key, content_type, width, height, size_bytes, owner_ref, created_at)
      values ('sent', 7, 2, 'a.jpg', 'a_thumb.webp', 'image/jpeg', 8, 6, 100, 'app:u1', '2026-03-10T12:00:00Z'),
             ('upload', null, 0, 'b.png', 'b_thumb.webp', 'image/png', 1, 2, 3, 'agent:1', '2026-03-10T12:00:00Z'),
             ('released', null, 0, 'c.gif', 'c_thumb.webp', 'image/gif', 1, 2, 3, 'erased', '2026-03-10T12:00:00Z')`);
    await old.migrate();
    expect(
      await answer(
        old.db,
        sql`select id, file_key, thumb_key, content_type, width, height, size_bytes::int, owner, claimed_by, position,
                   extract(epoch from created_at)::int as created
            from media_files order by created_at, file_key`,
      ),
    ).toEqual([
      {
        ...{
          id: "sent",
          file_key: "a.jpg",
          thumb_key: "a_thumb.webp",
          content_type: "image/jpeg",
          width: 8,
          height: 6,
        },
        ...{ size_bytes: 100, owner: "app:u1", claimed_by: "support.message:7", position: 2, created: 1773144000 },
      },
      expect.objectContaining({ id: "upload", owner: "agent:1", claimed_by: null }),
      expect.objectContaining({ id: "released", owner: null, claimed_by: null }),
    ]);
  });

  it("give devices to people, and push attempts the subject of their message", async () => {
    await using old = await openBefore(kind, "push_subscriptions");
    const [anna, phone] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
    await old.db.execute(sql`insert into people (id, name) values (${anna}, 'Anna')`);
    await old.db.execute(sql`
      insert into conversations (channel, external_id, person_id, customer_name) values ('app', 'u1', ${anna}, 'Anna')`);
    await old.db.execute(sql`
      insert into devices (id, conversation_id, provider, token, keys, platform, device_id, registered_at, removed_at, last_push_state)
      select ${phone}::uuid, id, 'webpush', 'https://push.example.com/1', '{"auth": "a", "p256dh": "b"}'::jsonb, 'web', 'd1',
             timestamptz '2026-03-10T12:00:00Z', timestamptz '2026-03-11T12:00:00Z', 'removed' from conversations`);
    await old.db.execute(sql`
      insert into push_attempts (message_id, device_id, state, provider_status) values (7, ${phone}, 'accepted', 201), (null, ${phone}, 'failed', 400)`);
    await old.migrate();
    expect(
      await answer(
        old.db,
        sql`select id, person_id, namespace, external_id, provider, token, keys, platform, device_id, last_push_state,
                   extract(epoch from removed_at - registered_at)::int as seconds from push_subscriptions`,
      ),
    ).toEqual([
      {
        ...{ id: phone, person_id: anna, namespace: "app", external_id: "u1", provider: "webpush" },
        ...{ token: "https://push.example.com/1", keys: { auth: "a", p256dh: "b" }, platform: "web", device_id: "d1" },
        ...{ last_push_state: "removed", seconds: 86_400 },
      },
    ]);
    expect(
      await answer(old.db, sql`select subject, subscription_id, state, provider_status from push_attempts order by id`),
    ).toEqual([
      { subject: "support.message:7", subscription_id: phone, state: "accepted", provider_status: 201 },
      { subject: null, subscription_id: phone, state: "failed", provider_status: 400 },
    ]);
  });
});

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../database.ts";
import { rowsOf } from "../rows.ts";
import {
  type DatabaseKind,
  openOldDatabase,
  openTestDatabase,
  type TestDatabase,
  testDatabaseKinds,
} from "../testing.ts";
import { checkBackup } from "./read.ts";
import { type FilesToRestore, type RestoreOptions, restoreBackup } from "./restore.ts";
import { describeTables } from "./tables.ts";
import { createBackup } from "./write.ts";

const ANNA = "11111111-1111-4111-8111-111111111111";
const OLGA = "22222222-2222-4222-8222-222222222222";
const NASTY = 'quote \' " backslash \\ line\nfeed tab\t brace {a,"b"} null NULL 🙂 \u2028 ｆｕｌｌ';

class MemoryFiles implements FilesToRestore {
  readonly kept = new Map<string, Uint8Array>();
  /** Fails at this file. */
  broken = "";

  async *keys() {
    yield* [...this.kept.keys()];
  }

  async open(key: string) {
    const bytes = this.kept.get(key);
    return bytes ? { sizeBytes: bytes.length, read: () => inPieces(bytes, 100_000) } : null;
  }

  async restore(key: string, content: AsyncIterable<Uint8Array>) {
    if (key === this.broken) throw new Error("The disk is full");
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    this.kept.set(key, Buffer.concat(pieces));
  }

  async remove(key: string) {
    this.kept.delete(key);
  }
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything in a database, as text. */
function contentsOf(db: Database): Promise<Record<string, string[]>> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local timezone = 'UTC'`);
    const contents: Record<string, string[]> = {};
    for (const { name } of await describeTables(tx)) {
      const rows = rowsOf<{ line: string }>(
        await tx.execute(sql`select t::text as line from ${sql.identifier(name)} t order by 1`),
      );
      contents[name] = rows.map(({ line }) => line);
    }
    return contents;
  });
}

/** A conversation as it was stored at migration 0005, with a photo, deliveries, a device and a merge. */
async function fillOlder(db: Database): Promise<void> {
  await db.execute(sql`insert into people (id, name) values (${ANNA}, 'Anna'), (${OLGA}, 'Olga')`);
  await db.execute(sql`
    insert into conversations (id, channel, external_id, person_id, customer_name) overriding system value
    values (7, 'app', '7', ${ANNA}, 'Anna')`);
  await db.execute(sql`
    insert into messages (id, conversation_id, kind, text, author_name, source, photo_count) overriding system value
    values (90, 7, 'customer', 'Hello', 'Anna', 'app', 1)`);
  await db.execute(sql`
    insert into photos (id, message_id, file_key, thumb_key, content_type, width, height, size_bytes, owner_ref)
    values ('p', 90, 'p.png', 'p.thumb.webp', 'image/png', 1, 1, 10, 'app:7'),
      ('free', null, 'free.png', 'free.thumb.webp', 'image/png', 1, 1, 10, 'app:7')`);
  await db.execute(sql`
    insert into devices (id, conversation_id, provider, token, platform) values (${OLGA}, 7, 'fcm', 'token', 'android')`);
  await db.execute(sql`insert into push_attempts (message_id, device_id, state) values (90, ${OLGA}, 'accepted')`);
  await db.execute(sql`
    insert into outbox (lane, leg, message_id, task, state) values
      ('telegram:group', 'group', 90, '{"type":"text","to":"group","text":"Hello","part":0,"replyToId":null}', 'done'),
      ('push:90', 'push', 90, '{"type":"push","deviceIds":null}', 'pending')`);
  await db.execute(sql`insert into support_topics (conversation_id, chat_id, thread_id) values (7, -100, 5)`);
  await db.execute(sql`
    insert into telegram_messages (chat_id, telegram_message_id, message_id, conversation_id) values (-100, 3, 90, 7)`);
  await db.execute(sql`
    insert into person_merges (kept_id, merged_id, moved, reason) values (${ANNA}, ${OLGA},
      '{"identities":[],"conversationIds":[7],"sessionIds":[],"role":"User","customRoleId":null}', 'agent')`);
}

/** One of everything that is hard to carry over. */
async function fill(db: Database): Promise<void> {
  await db.execute(sql`insert into people (id, name, role) values (${OLGA}, 'Olga', 'Admin')`);
  // Points to a row that comes later.
  await db.execute(sql`insert into people (id, name) values ('00000000-0000-4000-8000-000000000000', ${NASTY})`);
  await db.execute(sql`insert into people (id, name) values (${ANNA}, 'Anna')`);
  await db.execute(sql`update people set merged_into_id = ${ANNA} where name = ${NASTY}`);
  await db.execute(sql`
    insert into custom_roles (name, permissions, scopes)
    values ('odd', array['mute', ${NASTY}, '', 'NULL', null], '{}'), ('none', '{}', array['support:read'])`);
  await db.execute(sql`
    insert into conversations (channel, external_id, person_id, customer_name)
    select 'app', 'user-' || n, ${ANNA}::uuid, ${NASTY} from generate_series(1, 3) n`);
  await db.execute(sql`
    insert into messages (conversation_id, kind, text, author_name, source, change, created_at)
    select 1, 'customer', n || ${NASTY}, 'Anna', 'app',
           ${'{"a": 12345678901234567890.123456789, "b": [null, true, "\\u00e9\\n"]}'}::jsonb,
           timestamptz '2026-03-29 00:59:59.123456+00' + n * interval '17 minutes 1 microsecond'
    from generate_series(1, 2503) n`);
  await db.execute(sql`delete from messages where id = (select max(id) from messages)`);
  await db.execute(sql`
    insert into telegram_messages (chat_id, telegram_message_id, subject, parent)
    values (-9007199254740993, 9223372036854775807, 'support.message:1', 'support.conversation:1')`);
  await db.execute(
    sql`insert into audit_log (action, actor_kind, actor_name) values ('auth.keyCreated', 'system', 'Pult')`,
  );
  await db.execute(sql`insert into topic_heads (topic, epoch, head) values ('support.inbox:all', 'old', 7)`);
}

const nextId = async (db: Database): Promise<number> => {
  const rows = rowsOf<{ id: string | number }>(
    await db.execute(sql`
      insert into messages (conversation_id, kind, text, author_name, source) values (1, 'note', '', '', 'app') returning id`),
  );
  return Number(rows[0]?.id);
};

const insertPhoto = (db: Database, key: string) =>
  db.execute(sql`
    insert into media_files (id, file_key, thumb_key, content_type, width, height, size_bytes, owner)
    values (${key}, ${key}, 'thumb', 'image/png', 1, 1, 1, 'agent:1')`);

const KINDS = testDatabaseKinds("both");
/** Each kind once as the source and once as the target, of another kind where there is one. */
const PAIRS = KINDS.map((from, at): [DatabaseKind, DatabaseKind] => [from, KINDS[(at + 1) % KINDS.length] ?? from]);

describe.each(PAIRS)("A backup of %s restored to %s", (from, to) => {
  let source: TestDatabase;
  let target: TestDatabase;
  let directory = "";
  let kept: MemoryFiles;
  let files: MemoryFiles;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "pult-backup-"));
    source = await openTestDatabase(from);
    target = await openTestDatabase(to);
  });
  beforeEach(async () => {
    await source.clear();
    await target.clear();
    kept = new MemoryFiles();
    files = new MemoryFiles();
  });
  afterAll(async () => {
    await source.close();
    await target.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function backup(db: Database = source.db): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    const now = new Date("2026-03-10T12:00:00Z");
    for await (const chunk of await createBackup({ db, files: kept, directory, now })) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  const restore = async (bytes: Uint8Array, options: Partial<RestoreOptions<void, void>> = {}) => {
    const { summary } = await restoreBackup({
      db: target.db,
      files,
      read: () => inPieces(bytes, 10_007),
      begin: async () => {},
      filesOf: async (tx) =>
        rowsOf<{ key: string }>(await tx.execute(sql`select file_key as key from media_files`)).map(({ key }) => key),
      finish: async () => {},
      failed: (error) => {
        throw error;
      },
      ...options,
    });
    return summary;
  };

  it("is the same row by row and file by file", async () => {
    await fill(source.db);
    kept.kept.set(
      "a.jpg",
      new Uint8Array(500_000).map((_, at) => at * 7),
    );
    kept.kept.set("empty.png", new Uint8Array());
    const bytes = await backup();
    const summary = await restore(bytes);
    expect(summary).toMatchObject({ at: "2026-03-10T12:00:00.000Z", files: 2 });
    expect(summary.rows).toMatchObject({ people: 3, messages: 2502, custom_roles: 2, sessions: 0 });
    const before = await contentsOf(source.db);
    const after = await contentsOf(target.db);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [table, rows] of Object.entries(before)) expect(after[table], table).toEqual(rows);
    expect(Object.fromEntries(files.kept)).toEqual(
      Object.fromEntries([...kept.kept].map(([key, file]) => [key, Buffer.from(file)])),
    );
  });

  it("replaces what was there, files too, and gives out no number again", async () => {
    await fill(source.db);
    await fill(target.db);
    for (const key of ["old.jpg", "both.jpg"]) {
      files.kept.set(key, Uint8Array.of(1));
      await insertPhoto(target.db, key);
    }
    for (const key of ["new.jpg", "both.jpg"]) {
      kept.kept.set(key, Uint8Array.of(1));
      await insertPhoto(source.db, key);
    }
    const [newestHere, newestThere] = [await nextId(target.db), await nextId(source.db)];
    await restore(await backup());
    expect([...files.kept.keys()].toSorted()).toEqual(["both.jpg", "new.jpg"]);
    expect(await nextId(target.db)).toBeGreaterThan(Math.max(newestHere, newestThere));
    const row = sql`insert into identities (namespace, external_id, person_id) values ('app', 'x', gen_random_uuid())`;
    await expect(target.db.execute(row)).rejects.toMatchObject({ cause: { code: "23503" } });
    await expect(target.db.execute(sql`delete from audit_log`)).rejects.toThrow();
  });

  it("leaves what is uploaded meanwhile where it is", async () => {
    await fill(source.db);
    const bytes = await backup();
    files.kept.set("stored.jpg", Uint8Array.of(1));
    let upload: Promise<unknown> = Promise.resolve();
    await restore(bytes, {
      async begin() {
        // Waits until the tables are free; its file is there already.
        upload = insertPhoto(target.db, "stored.jpg");
      },
      async finish() {
        files.kept.set("coming.jpg", Uint8Array.of(2));
      },
    });
    await upload;
    expect([...files.kept.keys()]).toEqual(["stored.jpg", "coming.jpg"]);
    expect(rowsOf(await target.db.execute(sql`select file_key from media_files`))).toEqual([
      { file_key: "stored.jpg" },
    ]);
  });

  it("looks at what is here only when nobody can change it any more", async () => {
    await fill(source.db);
    const bytes = await backup();
    const order: string[] = [];
    let restored: Promise<unknown> = Promise.resolve();
    await target.db.transaction(async (tx) => {
      await tx.execute(sql`insert into people (id, name) values (${ANNA}, 'Anna')`);
      restored = restore(bytes, {
        async begin(own) {
          const [row] = rowsOf<{ count: number | string }>(
            await own.execute(sql`select count(*) as count from people`),
          );
          order.push(`${row?.count} people are here`);
        },
      });
      if (to === "postgres")
        await expect
          .poll(async () => rowsOf(await target.db.execute(sql`select 1 from pg_locks where not granted`)).length)
          .toBeGreaterThan(0);
      order.push("somebody has come");
    });
    await restored;
    expect(order).toEqual(["somebody has come", "1 people are here"]);
  });

  /** What must leave everything as it was. */
  async function refused(attempt: () => Promise<unknown>): Promise<unknown> {
    await fill(target.db);
    files.kept.set("mine.jpg", Uint8Array.of(1));
    const before = await contentsOf(target.db);
    const error = await attempt().then(
      () => null,
      (error: unknown) => error,
    );
    expect(await contentsOf(target.db)).toEqual(before);
    expect([...files.kept]).toEqual([["mine.jpg", Uint8Array.of(1)]]);
    return error;
  }

  it("that is cut anywhere is refused, and nothing has changed", async () => {
    await fill(source.db);
    kept.kept.set("a.jpg", new Uint8Array(1_000));
    const bytes = await backup();
    for (const length of [0, 1, 10, 1_000, bytes.length - 8, bytes.length - 1]) {
      await target.clear();
      const error = await refused(() => restore(bytes.subarray(0, length)));
      expect(error, `${length} bytes`).toMatchObject({ failure: "damaged" });
    }
  });

  it("with a changed, missing or added line is refused, and nothing has changed", async () => {
    await fill(source.db);
    const lines = gunzipSync(await backup())
      .toString()
      .trimEnd()
      .split("\n");
    const changed = [
      lines.map((line) => line.replace("Olga", "Vera")),
      lines.toSpliced(-2, 1),
      [...lines, lines[1] ?? ""],
      lines.slice(0, -1),
      lines.slice(1),
    ];
    for (const one of changed) {
      await target.clear();
      const error = await refused(() => restore(gzipSync(`${one.join("\n")}\n`)));
      expect(error).toMatchObject({ failure: "damaged" });
    }
  });

  it("of another migration is refused by both names, and nothing has changed", async () => {
    const { migration } = await checkBackup(inPieces(await backup(), 1_000));
    await target.db.execute(sql`update drizzle.__drizzle_migrations set hash = 'other' where hash = ${migration.hash}`);
    const error = await refused(async () => restore(await backup()));
    expect(error).toMatchObject({ failure: "otherMigration" });
    expect(String(error)).toContain(`${migration.tag} (${migration.hash.slice(0, 8)})`);
    expect(String(error)).toContain(`${migration.tag} (other)`);
    await target.db.execute(sql`update drizzle.__drizzle_migrations set hash = ${migration.hash} where hash = 'other'`);
  });

  it("holds no state of running nodes, and what an earlier version took of it is passed over", async () => {
    const insertNode = (db: Database, node: string) =>
      db.execute(sql`insert into notification_nodes (node, seen_at) values (${node}, now())`);
    await insertNode(source.db, "then");
    await insertNode(target.db, "now");
    const lines = gunzipSync(await backup())
      .toString()
      .trimEnd()
      .split("\n");
    const { rows, ...trailer } = JSON.parse(lines.pop() ?? "");
    expect(Object.keys(rows)).not.toEqual(expect.arrayContaining([expect.stringMatching(/leases|_nodes|_samples/)]));
    const columns = ["node", "alerts", "announcements", "seen_at"];
    lines.push(
      JSON.stringify({ table: "notification_nodes", columns, sequences: {} }),
      '["then",null,null,"2026-01-01"]',
    );
    const sha256 = createHash("sha256")
      .update(`${lines.join("\n")}\n`)
      .digest("hex");
    lines.push(JSON.stringify({ ...trailer, rows: { ...rows, notification_nodes: 1 }, sha256 }));
    await restore(gzipSync(`${lines.join("\n")}\n`));
    expect(rowsOf(await target.db.execute(sql`select node from notification_nodes`))).toEqual([{ node: "now" }]);
  });

  it("of an older version is brought up to date, as an upgrade of that version would have done", async () => {
    await using older = await openOldDatabase(from, "ascending_indexes");
    await fillOlder(older.db);
    const bytes = await backup(older.db);
    await fill(target.db);
    await restore(bytes);
    await older.migrate();
    expect(await contentsOf(target.db)).toEqual(await contentsOf(older.db));
    expect(await nextId(target.db)).toBeGreaterThan(90);
  });

  it("that fails at the last moment changes nothing", async () => {
    await fill(source.db);
    kept.kept.set("new.jpg", Uint8Array.of(2));
    kept.kept.set("next.jpg", Uint8Array.of(3));
    const bytes = await backup();
    const refusal = new Error("Not here");
    const throwing = async () => {
      throw refusal;
    };
    expect(await refused(() => restore(bytes, { begin: throwing }))).toBe(refusal);
    await target.clear();
    expect(await refused(() => restore(bytes, { finish: throwing }))).toBe(refusal);
    await target.clear();
    files.broken = "next.jpg";
    expect(await refused(() => restore(bytes))).toMatchObject({ message: "The disk is full" });
  });

  it("leaves no file of its own behind, and lets others work while it is taken away", async () => {
    await fill(source.db);
    const taken = await createBackup({ db: source.db, files: kept, directory, now: new Date() });
    const before = await contentsOf(source.db);
    await nextId(source.db);
    const chunks: Uint8Array[] = [];
    for await (const chunk of taken) chunks.push(chunk);
    expect(readdirSync(directory)).toEqual([]);
    await restore(Buffer.concat(chunks));
    expect(await contentsOf(target.db)).toEqual(before);
  });
});

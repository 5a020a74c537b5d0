import { readdirSync, readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type DatabaseKind, testDatabaseKinds } from "./testing.ts";

const FOLDER = new URL("../migrations/", import.meta.url);
const MINE = "outbox_and_telegram_by_subject";

interface Connection {
  run(statement: string): Promise<void>;
  rows(query: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

async function connect(kind: DatabaseKind): Promise<Connection> {
  if (kind === "pglite") {
    const client = await PGlite.create();
    return {
      run: async (statement) => void (await client.exec(statement)),
      rows: async (query) => (await client.query<Record<string, unknown>>(query)).rows,
      close: () => client.close(),
    };
  }
  const { url, drop } = await createTestDatabase(null);
  const address = new URL(url);
  const socketDir = address.searchParams.get("host");
  address.searchParams.delete("host");
  const client = postgres(address.href, { max: 1, onnotice: () => {}, ...(socketDir ? { host: socketDir } : {}) });
  return {
    run: async (statement) => void (await client.unsafe(statement)),
    rows: async (query) => [...(await client.unsafe(query))],
    async close() {
      await client.end();
      await drop();
    },
  };
}

/** Rows as the desk wrote them before, pending and finished. */
const BEFORE = `
  insert into people (id, name) values ('00000000-0000-4000-8000-000000000001', 'Anna');
  insert into conversations (channel, external_id, person_id, customer_name)
    values ('telegram', '7', '00000000-0000-4000-8000-000000000001', 'Anna');
  insert into messages (conversation_id, kind, text, author_name, source) values (1, 'agent', 'Hello', 'Boris', 'dashboard');
  insert into outbox (lane, leg, message_id, task, state, attempts, not_before, last_error, finished_at) values
    ('telegram:group', 'group', 1, '{"type":"text","to":"group","text":"Boris: Hello","part":0,"replyToId":null}', 'done', 0, '2026-01-01', null, '2026-01-02'),
    ('telegram:7', 'telegram', 1, '{"type":"photos","to":"customer","photoKeys":["a.jpg"],"caption":"Hello","replyToId":3}', 'pending', 2, '2026-01-03', 'Too Many Requests', null),
    ('push:c1', 'push', 1, '{"type":"push","deviceIds":["d"]}', 'failed', 8, '2026-01-04', 'Gone', '2026-01-05'),
    ('telegram:group', 'group', 0, '{"type":"removeTopic","chatId":-1001,"threadId":5}', 'pending', 0, '2026-01-06', null, null);
  insert into support_topics (conversation_id, chat_id, thread_id, card_message_id) values (1, -1001, 5, 6);
  insert into telegram_messages (chat_id, telegram_message_id, message_id, conversation_id, part, caption) values (-1001, 9, 1, 1, 0, 1);
  insert into settings (key, value) values ('support.group', '{"from":-5,"to":-1005}');`;

describe.each(testDatabaseKinds("both"))("the migration to an outbox by subject on %s", (kind) => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await connect(kind);
    const files = readdirSync(FOLDER).filter((name) => name.endsWith(".sql"));
    const mine = files.findIndex((name) => name.includes(MINE));
    for (const name of files.slice(0, mine)) await connection.run(readFileSync(new URL(name, FOLDER), "utf8"));
    await connection.run(BEFORE);
    await connection.run(readFileSync(new URL(files[mine] ?? "", FOLDER), "utf8"));
  });
  afterAll(() => connection.close());

  it("keeps what is pending, failed and done, with its handler, lease, subject and person", async () => {
    const person = "00000000-0000-4000-8000-000000000001";
    const rows = await connection.rows(`
      select id::int, queue, kind, lease, priority, payload, subject, person_id as person, route, state, attempts, reason,
             to_char(due_at, 'MM-DD') as due, to_char(finished_at, 'MM-DD') as finished from outbox order by id`);
    expect(rows).toEqual([
      {
        id: 1,
        queue: "telegram:group",
        kind: "support.telegram",
        lease: "",
        priority: 0,
        payload: {
          type: "text",
          to: "group",
          text: "Boris: Hello",
          part: 0,
          replyToId: null,
          chatId: null,
          messageId: 1,
        },
        subject: "support.message:1",
        person,
        route: "group",
        state: "done",
        attempts: 0,
        reason: null,
        due: "01-01",
        finished: "01-02",
      },
      {
        id: 2,
        queue: "telegram:7",
        kind: "support.telegram",
        lease: "",
        priority: 0,
        payload: {
          type: "photos",
          to: "customer",
          photoKeys: ["a.jpg"],
          caption: "Hello",
          replyToId: 3,
          chatId: 7,
          messageId: 1,
        },
        subject: "support.message:1",
        person,
        route: "telegram",
        state: "pending",
        attempts: 2,
        reason: "Too Many Requests",
        due: "01-03",
        finished: null,
      },
      {
        id: 3,
        queue: "push:c1",
        kind: "support.push",
        lease: "push",
        priority: 0,
        payload: { deviceIds: ["d"], messageId: 1 },
        subject: "support.message:1",
        person,
        route: "push",
        state: "failed",
        attempts: 8,
        reason: "Gone",
        due: "01-04",
        finished: "01-05",
      },
      {
        id: 4,
        queue: "telegram:group",
        kind: "telegram.removeTopic",
        lease: "",
        priority: 1,
        payload: { chatId: -1001, threadId: 5 },
        subject: "telegram.topic:-1001:5",
        person: null,
        route: "group",
        state: "pending",
        attempts: 0,
        reason: null,
        due: "01-06",
        finished: null,
      },
    ]);
  });

  it("keeps topics, the map of messages and where the group moved to", async () => {
    expect(
      await connection.rows("select subject, chat_id::int, thread_id::int, card_message_id::int from telegram_topics"),
    ).toEqual([{ subject: "support.conversation:1", chat_id: -1001, thread_id: 5, card_message_id: 6 }]);
    expect(
      await connection.rows(
        "select chat_id::int, telegram_message_id::int as id, subject, parent, part, caption from telegram_messages",
      ),
    ).toEqual([
      { chat_id: -1001, id: 9, subject: "support.message:1", parent: "support.conversation:1", part: 0, caption: 1 },
    ]);
    expect(await connection.rows("select key, value from settings")).toEqual([
      { key: "telegram.group:-5", value: -1005 },
    ]);
  });

  it("goes on numbering where it was", async () => {
    await connection.run(`
      insert into outbox (queue, kind, priority, due_at, payload, subject, route) values ('q', 'k', 0, now(), '{}', 's', 'r')`);
    expect(await connection.rows("select max(id)::int as id from outbox")).toEqual([{ id: 5 }]);
  });
});

import { type SQL, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Database } from "./database.ts";
import { rowsOf } from "./rows.ts";
import { openOldDatabase, testDatabaseKinds } from "./testing.ts";

const ANNA = "11111111-1111-4111-8111-111111111111";
const PHONE = "22222222-2222-4222-8222-222222222222";

const answer = async (db: Database, query: SQL) => rowsOf<Record<string, unknown>>(await db.execute(query));

describe.each(testDatabaseKinds("both"))("Migrations on %s", (kind) => {
  it("keep photos as media files, claimed by their messages", async () => {
    await using old = await openOldDatabase(kind, "media_files");
    await old.db.execute(sql`
      insert into photos (id, message_id, position, file_key, thumb_key, content_type, width, height, size_bytes, owner_ref, created_at)
      values ('sent', 7, 2, 'a.jpg', 'a_thumb.webp', 'image/jpeg', 8, 6, 100, 'app:u1', '2026-03-10T12:00:00Z'),
             ('upload', null, 0, 'b.png', 'b_thumb.webp', 'image/png', 1, 2, 3, 'agent:1', '2026-03-10T12:00:00Z'),
             ('released', null, 0, 'c.gif', 'c_thumb.webp', 'image/gif', 1, 2, 3, 'erased', '2026-03-10T12:00:00Z')`);
    await old.migrate();
    const files = await answer(
      old.db,
      sql`select id, file_key, thumb_key, content_type, width, height, size_bytes::int, owner, claimed_by, position,
                 extract(epoch from created_at)::int as created
          from media_files order by created_at, file_key`,
    );
    const [sent, ...unsent] = files;
    expect(sent).toEqual({
      id: "sent",
      file_key: "a.jpg",
      thumb_key: "a_thumb.webp",
      content_type: "image/jpeg",
      width: 8,
      height: 6,
      size_bytes: 100,
      owner: "app:u1",
      claimed_by: "support.message:7",
      position: 2,
      created: 1_773_144_000,
    });
    expect(unsent).toMatchObject([
      { id: "upload", owner: "agent:1", claimed_by: null },
      { id: "released", owner: null, claimed_by: null },
    ]);
  });

  it("give devices to people, and push attempts the subject of their message", async () => {
    await using old = await openOldDatabase(kind, "push_subscriptions");
    await old.db.execute(sql`insert into people (id, name) values (${ANNA}, 'Anna')`);
    await old.db.execute(sql`
      insert into conversations (channel, external_id, person_id, customer_name) values ('app', 'u1', ${ANNA}, 'Anna')`);
    await old.db.execute(sql`
      insert into devices (id, conversation_id, provider, token, keys, platform, device_id, registered_at, removed_at, last_push_state)
      select ${PHONE}::uuid, id, 'webpush', 'https://push.example.com/1', '{"auth": "a", "p256dh": "b"}'::jsonb, 'web', 'd1',
             timestamptz '2026-03-10T12:00:00Z', timestamptz '2026-03-11T12:00:00Z', 'removed' from conversations`);
    await old.db.execute(sql`
      insert into push_attempts (message_id, device_id, state, provider_status) values (7, ${PHONE}, 'accepted', 201), (null, ${PHONE}, 'failed', 400)`);
    await old.migrate();
    const subscriptions = sql`
      select id, person_id, namespace, external_id, provider, token, keys, platform, device_id, last_push_state,
             extract(epoch from removed_at - registered_at)::int as seconds from push_subscriptions`;
    expect(await answer(old.db, subscriptions)).toEqual([
      {
        id: PHONE,
        person_id: ANNA,
        namespace: "app",
        external_id: "u1",
        provider: "webpush",
        token: "https://push.example.com/1",
        keys: { auth: "a", p256dh: "b" },
        platform: "web",
        device_id: "d1",
        last_push_state: "removed",
        seconds: 86_400,
      },
    ]);
    const attempts = sql`select subject, subscription_id, state, provider_status from push_attempts order by id`;
    expect(await answer(old.db, attempts)).toEqual([
      { subject: "support.message:7", subscription_id: PHONE, state: "accepted", provider_status: 201 },
      { subject: null, subscription_id: PHONE, state: "failed", provider_status: 400 },
    ]);
  });

  it("keep the outbox, with handlers, leases, subjects and people, and the map of Telegram's messages", async () => {
    await using old = await openOldDatabase(kind, "outbox_and_telegram_by_subject");
    for (const statement of DESK_BEFORE_SUBJECTS) await old.db.execute(sql.raw(statement));
    await old.migrate({ only: 1 });
    const outbox = await answer(
      old.db,
      sql`select id::int, queue, kind, lease, priority, subject, person_id, route, state, attempts, reason,
                 to_char(due_at, 'MM-DD') as due, to_char(finished_at, 'MM-DD') as finished, payload from outbox order by id`,
    );
    const message = "support.message:1";
    expect(outbox.map(({ payload: _, ...row }) => Object.values(row))).toEqual([
      [1, "telegram:group", "support.telegram", "", 0, message, ANNA, "group", "done", 0, null, "01-01", "01-02"],
      [2, "telegram:7", "support.telegram", "", 0, message, ANNA, "telegram", "pending", 2, "Busy", "01-03", null],
      [3, "push:c1", "support.push", "push", 0, message, ANNA, "push", "failed", 8, "Gone", "01-04", "01-05"],
      [
        ...[4, "telegram:group", "telegram.removeTopic", "", 1, "telegram.topic:-1001:5", null],
        ...["group", "pending", 0, null, "01-06", null],
      ],
    ]);
    expect(outbox.map(({ payload }) => payload)).toEqual([
      { type: "text", to: "group", text: "Boris: Hello", part: 0, replyToId: null, chatId: null, messageId: 1 },
      { type: "photos", to: "customer", photoKeys: ["a.jpg"], caption: "Hello", replyToId: 3, chatId: 7, messageId: 1 },
      { deviceIds: ["d"], messageId: 1 },
      { chatId: -1001, threadId: 5 },
    ]);
    expect(
      await answer(
        old.db,
        sql`select subject, chat_id::int, thread_id::int, card_message_id::int from telegram_topics`,
      ),
    ).toEqual([{ subject: "support.conversation:1", chat_id: -1001, thread_id: 5, card_message_id: 6 }]);
    const sent = sql`select chat_id::int, telegram_message_id::int as id, subject, parent, part, caption from telegram_messages`;
    expect(await answer(old.db, sent)).toEqual([
      { chat_id: -1001, id: 9, subject: message, parent: "support.conversation:1", part: 0, caption: 1 },
    ]);
    const settings = await answer(old.db, sql`select key, value from settings`);
    expect(settings).toEqual([{ key: "telegram.group:-5", value: -1005 }]);
    await old.db.execute(sql`
      insert into outbox (queue, kind, priority, due_at, payload, subject, route) values ('q', 'k', 0, now(), '{}', 's', 'r')`);
    expect(await answer(old.db, sql`select max(id)::int as id from outbox`)).toEqual([{ id: 5 }]);
  });
});

/** Rows as the desk wrote them before its outbox knew subjects, pending and finished. */
const DESK_BEFORE_SUBJECTS = [
  `insert into people (id, name) values ('${ANNA}', 'Anna')`,
  `insert into conversations (channel, external_id, person_id, customer_name) values ('telegram', '7', '${ANNA}', 'Anna')`,
  `insert into messages (conversation_id, kind, text, author_name, source) values (1, 'agent', 'Hello', 'Boris', 'dashboard')`,
  `insert into outbox (lane, leg, message_id, task, state, attempts, not_before, last_error, finished_at) values
    ('telegram:group', 'group', 1, '{"type":"text","to":"group","text":"Boris: Hello","part":0,"replyToId":null}', 'done', 0, '2026-01-01', null, '2026-01-02'),
    ('telegram:7', 'telegram', 1, '{"type":"photos","to":"customer","photoKeys":["a.jpg"],"caption":"Hello","replyToId":3}', 'pending', 2, '2026-01-03', 'Busy', null),
    ('push:c1', 'push', 1, '{"type":"push","deviceIds":["d"]}', 'failed', 8, '2026-01-04', 'Gone', '2026-01-05'),
    ('telegram:group', 'group', 0, '{"type":"removeTopic","chatId":-1001,"threadId":5}', 'pending', 0, '2026-01-06', null, null)`,
  `insert into support_topics (conversation_id, chat_id, thread_id, card_message_id) values (1, -1001, 5, 6)`,
  `insert into telegram_messages (chat_id, telegram_message_id, message_id, conversation_id, part, caption) values (-1001, 9, 1, 1, 0, 1)`,
  `insert into settings (key, value) values ('support.group', '{"from":-5,"to":-1005}')`,
];

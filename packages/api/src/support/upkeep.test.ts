import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { sweepAll } from "../retention/retention.ts";
import { storeUpdates } from "../telegram/inbox.ts";
import { makeCustomer, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

const DAY_MS = 24 * 60 * 60_000;

describeOnDatabases("sweepAll", { telegram: true }, (world) => {
  const sweep = () => sweepAll(world.contextOf(SYSTEM));

  it("drops finished deliveries after 30 days, and never what is owed or failed", async () => {
    const customer = makeCustomer();
    for (let at = 0; at < 4; at++) await world.writeAs(customer);
    const states = ["done", "skipped", "failed", "pending"];
    const rows = await world.query<{ id: number | string }>(sql`select id from outbox order by id`);
    for (const [at, row] of rows.entries()) {
      const finished = states[at] === "pending" ? null : world.deps.now().toISOString();
      await world.deps.db.execute(
        sql`update outbox set state = ${states[at]}, finished_at = ${finished}::timestamptz where id = ${row.id}`,
      );
    }
    world.deps.clock.advance(30 * DAY_MS);
    await sweep();
    expect(await world.countRows("outbox")).toBe(4);
    world.deps.clock.advance(1);
    await sweep();
    const left = await world.query<{ state: string }>(sql`select state from outbox order by id`);
    expect(left.map((row) => row.state)).toEqual(["failed", "pending"]);
  });

  it("drops worked-off updates after 30 days, and keeps the others", async () => {
    const now = world.deps.now();
    await storeUpdates(world.deps, [{ update_id: 1 }, { update_id: 2 }]);
    await world.deps.db.execute(
      sql`update telegram_updates set processed_at = ${now.toISOString()}::timestamptz where update_id = 1`,
    );
    world.deps.clock.advance(31 * DAY_MS);
    await sweep();
    expect(await world.query(sql`select update_id::int as id from telegram_updates`)).toEqual([{ id: 2 }]);
  });

  it("keeps every message, and the newest 1,000 events of a topic", async () => {
    const customer = makeCustomer();
    const { conversationId } = await world.writeAs(customer);
    const topic = `support.conversation:${conversationId}`;
    await world.deps.db.execute(sql`
      insert into topic_events (topic, "offset", payload) select ${topic}, n, '{}'::jsonb from generate_series(2, 1100) n`);
    await world.deps.db.execute(sql`update topic_heads set head = 1100 where topic = ${topic}`);
    await sweep();
    const [row] = await world.query<{ first: number | string; count: number | string }>(
      sql`select min("offset") as first, count(*) as count from topic_events where topic = ${topic}`,
    );
    expect([Number(row?.first), Number(row?.count)]).toEqual([101, 1_000]);
    expect(await world.countRows("messages")).toBe(1);
  });
});

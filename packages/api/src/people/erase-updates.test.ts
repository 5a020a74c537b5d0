import { bigintsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { storeUpdates } from "../telegram/inbox.ts";
import { findUpdates } from "../telegram/traces.ts";
import { callerOf, makeTelegramCustomer, SYSTEM } from "../testing/factories.ts";
import { intercept } from "../testing/intercept.ts";
import { fromCustomer } from "../testing/telegram-json.ts";
import { describeOnDatabases, type TestDeps } from "../testing/test-deps.ts";

const HOUR_MS = 60 * 60_000;

describeOnDatabases("people.erase, of what Telegram said", (world) => {
  const people = (deps: TestDeps = world.deps) => callerOf(deps, SYSTEM).auth.people;

  /** An update that came and was worked off hours ago. */
  async function store(updateId: number, customer: ReturnType<typeof makeTelegramCustomer>, hoursAgo: number) {
    const at = new Date(world.deps.now().getTime() - hoursAgo * HOUR_MS);
    const message = fromCustomer(customer, { text: "Hello" });
    await storeUpdates({ ...world.deps, now: () => at }, [{ update_id: updateId, message } as never]);
    await world.deps.db.execute(
      sql`update telegram_updates set processed_at = ${at.toISOString()}::timestamptz where update_id = ${updateId}`,
    );
  }

  const left = async () =>
    (
      await world.query<{ id: number | string }>(sql`select update_id as id from telegram_updates order by update_id`)
    ).map(({ id }) => Number(id));

  /** Deps by which something happens between what was looked at and what is done about it. */
  function meddling(meanwhile: () => Promise<void>): TestDeps {
    const db = intercept(world.deps.db, "transaction", async (run) => {
      await meanwhile();
      return run();
    });
    return { ...world.deps, db };
  }

  async function begin() {
    const [erased, other] = [makeTelegramCustomer(), makeTelegramCustomer()];
    for (const customer of [erased, other]) await world.writeAs(customer);
    const { id: personId } = await people().show({ namespace: "telegram", externalId: erased.externalId });
    return { erased, other, personId };
  }

  it("deletes old updates and those that arrive meanwhile, of no other person", async () => {
    const { erased, other, personId } = await begin();
    for (const [id, customer] of [erased, other, erased].entries()) await store(id + 1, customer, 5);
    const meanwhile = async () => {
      await store(4, erased, 0);
      await store(5, other, 0);
    };
    const { counts } = await people(meddling(meanwhile)).erase({ personId });
    expect([counts.telegramUpdates, await left()]).toEqual([3, [2, 5]]);
  });

  it("deletes old updates of an identity that was linked meanwhile", async () => {
    const { erased, other, personId } = await begin();
    for (const [id, customer] of [erased, other].entries()) await store(id + 1, customer, 5);
    const { id: mergeId } = await people().show({ namespace: "telegram", externalId: other.externalId });
    const meanwhile = async () => void (await people().merge({ keepId: personId, mergeId }));
    const { counts } = await people(meddling(meanwhile)).erase({ personId });
    expect([counts.telegramUpdates, await left()]).toEqual([2, []]);
  });

  it("looks through more than one page of them", async () => {
    await world.deps.db.execute(sql`
      insert into telegram_updates (update_id, payload) select n, jsonb_build_object('n', n % 10000) from generate_series(1, 20001) n`);
    const found = await findUpdates(world.deps.db, sql`payload->>'n' = '1'`);
    await world.query(sql`delete from telegram_updates where not id in ${bigintsIn(found)}`);
    expect(await left()).toEqual([1, 10_001, 20_001]);
    expect(await findUpdates(world.deps.db, sql`false`)).toEqual([]);
  });
});

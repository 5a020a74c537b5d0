import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { findDomainError } from "../errors.ts";
import { makeCustomer, makeTelegramCustomer, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases, type TestWorld } from "../testing/test-deps.ts";

/** The same numbers for the same seed, from 0 to below `end`. @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function numbersOf(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

describeOnDatabases("people who are merged, parted, granted, erased and write at once", (world) => {
  it.each([1, 2, 3])(
    "end with everything in its place, and nothing fails for a reason of ours (seed %i)",
    async (seed) => {
      const unforeseen = await mixUp(world, numbersOf(seed));
      expect(unforeseen).toEqual([]);
      expect(
        await world.query(sql`select c.id from conversations c left join identities i on i.namespace = c.channel and i.external_id = c.external_id
            where i.person_id is distinct from c.person_id`),
      ).toEqual([]);
      expect(
        await world.query(
          sql`select p.id from identities i join people p on p.id = i.person_id where p.merged_into_id is not null`,
        ),
      ).toEqual([]);
      expect(
        await world.query(
          sql`select topic from topic_heads h left join topic_events e using (topic) group by topic, head having head <> count(e.topic)`,
        ),
      ).toEqual([]);
    },
  );
});

/** @returns what was thrown that is no expected failure */
async function mixUp(world: TestWorld, number: (end: number) => number): Promise<unknown[]> {
  const api = world.as(SYSTEM).auth.people;
  const customers = [1, 2, 3].flatMap(() => [makeCustomer(), makeTelegramCustomer()]);
  const pick = () => customers[number(customers.length)] ?? makeCustomer();
  const refOf = () => {
    const { namespace, externalId } = pick();
    return { namespace, externalId };
  };
  const idOf = async () => (await api.show(refOf())).id;
  const acts = [
    () => world.writeAs(pick()),
    () => world.writeAs(pick()),
    async () => api.merge({ keepId: await idOf(), mergeId: await idOf() }),
    async () => api.merge({ keepId: await idOf(), mergeId: await idOf() }),
    async () => {
      const { merges } = await api.show(refOf());
      for (const { id } of merges.slice(0, 1)) await api.undoMerge({ id });
    },
    async () => api.erase({ personId: await idOf(), dryRun: number(2) === 0 }),
    () => api.grant({ ...refOf(), role: "VIP" }),
  ];
  const unforeseen: unknown[] = [];
  const actor = async () => {
    for (let turn = 0; turn < 12; turn++)
      await acts[number(acts.length)]?.().catch((error: unknown) => {
        if (!findDomainError(error)) unforeseen.push(error);
      });
  };
  await Promise.all(customers.map(actor));
  return unforeseen;
}

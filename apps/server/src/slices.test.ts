import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import type { Actor } from "@pult/api/actor.ts";
import { restore, takeBackup } from "@pult/api/backup/backup.ts";
import type { Context } from "@pult/api/context.ts";
import { appendToLogs } from "@pult/api/realtime/log.ts";
import { declareLog } from "@pult/api/realtime/topic.ts";
import { sweepAll } from "@pult/api/retention/retention.ts";
import type { Slice } from "@pult/api/slice.ts";
import { slices } from "@pult/api/slices.ts";
import { callerOf, contextOf, makeCustomer, query, SYSTEM } from "@pult/api/testing/factories.ts";
import { describeOnDatabases, type TestWorld } from "@pult/api/testing/test-deps.ts";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { RealtimeCounters } from "./metrics/realtime-stats.ts";
import { createRegistry, openSources } from "./metrics/registry.ts";

/** Diaries: a table with a file for each entry, and a log. */
const diaryTopic = declareLog<string, string>("toy.diary", { event: z.string(), mayRead: () => true, retention: 2 });
const mine = (personIds: readonly string[]) =>
  sql`person_id in (select x::uuid from jsonb_array_elements_text(${JSON.stringify(personIds)}::jsonb) x)`;
const countOf = async (db: Database | Transaction, where = sql`true`) =>
  Number(rowsOf<{ n: string }>(await db.execute(sql`select count(*) as n from diaries where ${where}`))[0]?.n);

const toySlice: Slice = {
  name: "toy",
  logs: [diaryTopic],
  retention: [
    {
      kind: "diaries",
      defaultDays: 10,
      async sweep({ db }, { before, dryRun }) {
        const old = sql`written_at < ${before.toISOString()}::timestamptz`;
        const count = await countOf(db, old);
        if (!dryRun) await db.execute(sql`delete from diaries where ${old}`);
        return count;
      },
    },
  ],
  outbox: {},
  workers: [],
  notices: [],
  personalData: {
    readScope: "support:read",
    writeScope: "support:write",
    tables: { diaries: { path: "diaries" } },
    conversations: async () => [],
    lock: async () => {},
    export: async ({ db }, { personIds }) => ({
      diaries: rowsOf(await db.execute(sql`select text from diaries where ${mine(personIds)}`)),
    }),
    planErasure:
      async () =>
      async (tx, { personIds }) => {
        const diaries = await countOf(tx, mine(personIds));
        await tx.execute(sql`delete from diaries where ${mine(personIds)}`);
        return { counts: { diaries }, remaining: ["Paper copies"], cut: [diaryTopic.name("all")], forget: [] };
      },
    merge: async (tx, { from, to }) =>
      rowsOf(await tx.execute(sql`update diaries set person_id = ${to} where person_id = ${from} returning text`)),
    async unmerge(tx, { from, to, moved }) {
      for (const { text } of moved as { text: string }[])
        await tx.execute(sql`update diaries set person_id = ${to} where person_id = ${from} and text = ${text}`);
    },
  },
  sealedColumns: [],
  metrics: [{ name: "toy_diaries", help: "Diaries", kind: "gauge", read: ({ db }) => countOf(db) }],
  storedFiles: async (db) =>
    rowsOf<{ file: string }>(await db.execute(sql`select file from diaries`)).map(({ file }) => file),
  inventory: async (db) => ({ diaries: await countOf(db) }),
};

describeOnDatabases("A slice that is added to the list", (world) => {
  const directory = mkdtempSync(`${tmpdir()}/pult-toy-`);
  beforeAll(async () => {
    slices.push(toySlice);
    await world.database.db.execute(
      sql`create table diaries (person_id uuid not null, text text not null, file text not null, written_at timestamptz not null)`,
    );
  });
  beforeEach(() => world.deps.db.execute(sql`delete from diaries`));
  afterAll(() => {
    slices.splice(slices.indexOf(toySlice), 1);
    rmSync(directory, { recursive: true, force: true });
  });

  const as = (actor: Actor): Context => contextOf(world.deps, actor);
  const people = () => callerOf(world.deps, SYSTEM).auth.people;

  it("is exported and erased with its people", async () => {
    const personId = await writer(world, "one");
    expect(await people().export({ personId })).toMatchObject({ diaries: [{ text: "one" }] });
    const { db } = world.deps;
    await db.transaction((tx) => appendToLogs(tx, [{ topic: diaryTopic.name("all"), payload: "one" }]));
    expect(await people().erase({ personId })).toMatchObject({
      counts: { diaries: 1, people: 1 },
      remaining: ["Backups that were made before", "Paper copies"],
    });
    expect(await countOf(db)).toBe(0);
    expect(await eventsOf(world)).toEqual([]);
  });

  it("is merged with its people, and unmerged", async () => {
    const [kept, merged] = [await writer(world, "kept"), await writer(world, "merged")];
    const { mergeId } = await people().merge({ keepId: kept, mergeId: merged });
    expect(await countOf(world.deps.db, mine([kept]))).toBe(2);
    await people().undoMerge({ id: mergeId });
    expect(await countOf(world.deps.db, mine([merged]))).toBe(1);
  });

  it("is in a backup with its files, and guarded by a restore", async () => {
    await writer(world, "kept");
    const chunks: Uint8Array[] = [];
    for await (const chunk of await takeBackup(as(SYSTEM), directory)) chunks.push(chunk);
    const read = async function* () {
      yield* chunks;
    };
    const give = (replace: boolean) => restore(as(SYSTEM), { read, replace, dryRun: false });
    await expect(give(false)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringMatching(/1 diaries/) });
    await world.deps.db.execute(sql`delete from diaries`);
    world.deps.media.files.clear();
    await give(true);
    expect(await countOf(world.deps.db)).toBe(1);
    expect([...world.deps.media.files.keys()]).toEqual(["kept.png"]);
  });

  it("is trimmed by age and by the length of its logs", async () => {
    await writer(world, "old");
    const retention = callerOf(world.deps, SYSTEM).auth.retention;
    expect(await retention.get()).toMatchObject({ diaries: 10 });
    const entries = ["a", "b", "c"].map((payload) => ({ topic: diaryTopic.name("all"), payload }));
    await world.deps.db.transaction((tx) => appendToLogs(tx, entries));
    world.deps.clock.advance(10 * 24 * 60 * 60_000 + 1);
    expect(await retention.run({ dryRun: true })).toMatchObject({ counts: { diaries: 1 } });
    await sweepAll(as(SYSTEM));
    expect([await countOf(world.deps.db), await eventsOf(world)]).toEqual([0, ["b", "c"]]);
  });

  it("is measured", async () => {
    await writer(world, "one");
    const bus = { state: "alone" as const, onGap: () => () => {} };
    const nodes = { bus } as unknown as Parameters<typeof openSources>[0]["nodes"];
    const registry = createRegistry(
      openSources({ deps: world.deps, nodes, system: as(SYSTEM) }, { refused: 0 }, new RealtimeCounters()),
    );
    expect(await registry.metrics()).toContain("toy_diaries 1\n");
  });
});

/** A person who has written into a diary. */
async function writer({ deps }: TestWorld, text: string): Promise<string> {
  const { externalId } = makeCustomer();
  const { personId } = await callerOf(deps, SYSTEM).auth.people.grant({ namespace: "app", externalId, role: "VIP" });
  const file = `${text}.png`;
  await deps.media.restore(file, Readable.from([new Uint8Array([1, 2, 3])]));
  await deps.db.execute(
    sql`insert into diaries values (${personId}, ${text}, ${file}, ${deps.now().toISOString()}::timestamptz)`,
  );
  return personId;
}

const eventsOf = async ({ deps }: TestWorld): Promise<string[]> =>
  (
    await query<{ payload: string }>(
      deps,
      sql`select payload #>> '{}' as payload from topic_events where topic = ${diaryTopic.name("all")} order by "offset"`,
    )
  ).map(({ payload }) => payload);

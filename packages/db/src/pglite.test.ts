import { PGlite } from "@electric-sql/pglite";
import { expect, it } from "vitest";
import { vacuumGrownTables } from "./pglite.ts";
import { migratedDump } from "./testing.ts";

it("analyzes a table once it has grown, so that the planner knows what it holds", async () => {
  const client = new PGlite({ loadDataDir: await migratedDump() });
  await client.exec("create table words (id int, word text); create table few (id int)");
  await client.exec(
    "insert into words select i, 'w' || i from generate_series(1, 20000) i; insert into few values (1)",
  );
  await vacuumGrownTables(client);
  const known = async () =>
    (await client.query("select relname, reltuples from pg_class where relname in ('words', 'few') order by 1")).rows;
  expect(await known()).toEqual([
    { relname: "few", reltuples: -1 },
    { relname: "words", reltuples: 20_000 },
  ]);
  await client.exec("insert into words select i, 'w' || i from generate_series(1, 100) i");
  await vacuumGrownTables(client);
  expect(await known()).toMatchObject([{}, { reltuples: 20_000 }]);
  await client.close();
});

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hasRedisServer } from "../../src/adapters/test-redis.ts";
import type { Cell } from "../server-under-test.ts";

type Named<Value> = [name: string, value: Value];

const hasDeno = existsSync(fileURLToPath(new URL("../../../../node_modules/deno/deno", import.meta.url)));
const hasPostgres = Boolean(process.env.TEST_DATABASE_URL);

/** The cell on which every table runs in full. */
const MAIN: Cell = { runtime: "node", database: hasPostgres ? "postgres" : "pglite" };

/** Why this cell cannot run here; null when it can. */
function obstacleOf({ runtime, database, redis }: Cell): string | null {
  if (runtime === "deno" && !hasDeno) return "node_modules/deno has no binary";
  if (database === "postgres" && !hasPostgres) return "TEST_DATABASE_URL names no server";
  if (redis && !hasRedisServer()) return "redis-server is not on PATH";
  return null;
}

export const nameOf = ({ runtime, database, redis }: Cell): string =>
  [runtime, database, ...(redis ? ["redis"] : [])].join(" + ");

/** The cells that can run here. The others are left out with a printed reason; with `CI=true` they are an error. */
function possible(cells: Cell[]): Named<Cell>[] {
  return cells.flatMap((cell): Named<Cell>[] => {
    const obstacle = obstacleOf(cell);
    if (obstacle === null) return [[nameOf(cell), cell]];
    if (process.env.CI === "true") throw new Error(`${nameOf(cell)} is required with CI=true: ${obstacle}`);
    process.stdout.write(`Skipped ${nameOf(cell)}: ${obstacle}\n`);
    return [];
  });
}

/** One cell, for full tables. */
export const mainCell = () => possible([MAIN]);

/** Every runtime with every database, and Redis: for the smoke test. */
export const everyCell = () =>
  possible([
    { runtime: "node", database: "postgres" },
    { runtime: "node", database: "pglite" },
    { runtime: "deno", database: "pglite" },
    { runtime: "deno", database: "postgres", redis: true },
  ]);

/** For what depends on the runtime: sockets, streamed bodies, signals. */
export const bothRuntimes = () => possible([MAIN, { runtime: "deno", database: "pglite" }]);

/** For what depends on the database: durability. */
export const bothDatabases = () =>
  possible([
    { runtime: "node", database: "postgres" },
    { runtime: "node", database: "pglite" },
  ]);

/** The runtimes of two nodes on one PostgreSQL and one Redis: different where Deno is installed. */
export function nodePair(): Named<[Cell["runtime"], Cell["runtime"]]>[] {
  const second = hasDeno ? "deno" : "node";
  return possible([{ runtime: second, database: "postgres", redis: true }]).map(() => [
    `node and ${second}`,
    ["node", second],
  ]);
}

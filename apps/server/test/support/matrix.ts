import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hasRedisServer } from "../../src/adapters/test-redis.ts";
import type { Cell } from "../server-under-test.ts";

const CELLS: Cell[] = [
  { runtime: "node", database: "pglite" },
  { runtime: "node", database: "postgres" },
  { runtime: "deno", database: "pglite" },
  { runtime: "deno", database: "postgres" },
];

const hasDeno = existsSync(fileURLToPath(new URL("../../../../node_modules/deno/deno", import.meta.url)));

/** Why this cell cannot run here; null when it can. */
function obstacleOf({ runtime, database }: Cell): string | null {
  if (runtime === "deno" && !hasDeno) return "node_modules/deno has no binary";
  if (database === "postgres" && !process.env.TEST_DATABASE_URL) return "TEST_DATABASE_URL names no server";
  return null;
}

export const nameOf = ({ runtime, database, redis }: Cell): string =>
  [runtime, database, ...(redis ? ["redis"] : [])].join(" + ");

/**
 * The runtimes and databases to run a suite on. What is missing is left out with a printed reason; with `CI=true` it is an error.
 */
export function matrix(wanted: (cell: Cell) => boolean = () => true): [name: string, cell: Cell][] {
  return CELLS.filter(wanted).flatMap((cell): [string, Cell][] => {
    const obstacle = obstacleOf(cell);
    if (obstacle === null) return [[nameOf(cell), cell]];
    if (process.env.CI === "true") throw new Error(`${nameOf(cell)} is required with CI=true: ${obstacle}`);
    process.stdout.write(`Skipped ${nameOf(cell)}: ${obstacle}\n`);
    return [];
  });
}

/** Every runtime with PGlite, and PostgreSQL under Node. */
export const threeCells = () => matrix(({ runtime, database }) => runtime === "node" || database === "pglite");

/** Both runtimes and both databases in two cells, for what depends on each but not on the pair. */
export const diagonalAlone = () => matrix(({ runtime, database }) => (runtime === "node") === (database === "pglite"));

/** The same, and one of the two with Redis. */
export function diagonal(): [name: string, cell: Cell][] {
  const cells = diagonalAlone();
  if (!cells.some(([, { database }]) => database === "postgres") || !hasRedisServer()) return cells;
  return cells.map(([, cell]) => {
    const redis = cell.database === "postgres";
    return [nameOf({ ...cell, redis }), { ...cell, redis }];
  });
}

/** The runtimes of two nodes on one PostgreSQL and one Redis. */
export function pairs(): [name: string, runtimes: [Cell["runtime"], Cell["runtime"]]][] {
  if (!hasRedisServer()) return [];
  return matrix(({ database }) => database === "postgres").map(([, { runtime }]) => [
    `node and ${runtime}`,
    ["node", runtime],
  ]);
}

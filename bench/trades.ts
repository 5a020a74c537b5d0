import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { argument, freshDatabase, json, LIFTED, services, startChild, temporaryDirectory } from "./setup.ts";
import type { Result } from "./trades/room.ts";

/**
 * Durable trades a second in one hot room, with ledger, balances, candles and log: in batches, one transaction each with row locks on the same
 * tables, a bare one-row `UPDATE` by `pgbench` on the same server, and through the whole stack, WebSocket in, acknowledged and announced.
 * `--seconds=N`, `--json`.
 */
const seconds = argument("seconds", 6);

interface Row extends Partial<Result> {
  database: string;
  way: string;
  perSecond: number;
}

const { TEST_DATABASE_URL: url } = await services();
const rows: Row[] = [];
if (url) {
  report({ database: "postgres", way: "pgbench, bare update", perSecond: await bareUpdate(url) });
  await compareOn("postgres", url);
}
await compareOn("pglite", null);

async function compareOn(database: string, server: string | null): Promise<void> {
  for (const { way, inFlight } of [
    { way: "transactions", inFlight: 20 },
    { way: "batches", inFlight: 20 },
    { way: "batches", inFlight: 200 },
    { way: "WebSocket", inFlight: 200 },
  ]) {
    const result = await measure(way, inFlight, server ? { DATABASE_URL: await freshDatabase(server) } : {});
    report({ database, way: `${way}, ${inFlight} in flight`, ...result });
  }
}

async function measure(way: string, inFlight: number, env: Record<string, string>): Promise<Result> {
  const room = startChild("./trades/room.ts", [way], {
    env: { ...LIFTED, LEGACY_AUTH: "open", DATA_DIR: temporaryDirectory(), DATABASE_URL: "", ...env },
  });
  const client = startChild("./trades/client.ts");
  try {
    const place = await room.answer<{ port: number; roomId: string }>();
    const order = { ...place, inFlight, warmUpMs: 3_000, measureMs: seconds * 1_000 };
    return await (way === "WebSocket" ? client : room).ask<Result>(order);
  } finally {
    await Promise.all([client.end(), room.end()]);
  }
}

/** Updates of one row a second by 20 connections. */
async function bareUpdate(server: string): Promise<number> {
  const at = new URL(await freshDatabase(server));
  const [host, database] = [at.searchParams.get("host") ?? at.hostname, at.pathname.slice(1)];
  const env = { ...process.env, PGHOST: host, PGPORT: at.port, PGUSER: at.username, PGPASSWORD: at.password };
  const script = join(temporaryDirectory(), "update.sql");
  writeFileSync(script, "update one set n = n + 1 where id = 1;\n");
  const sql = "create table one (id int primary key, n bigint not null); insert into one values (1, 0)";
  execFileSync("psql", ["-q", "-c", sql, database], { env });
  const args = ["-n", "-c", "20", "-j", "2", "-T", String(seconds), "-f", script, database];
  const printed = execFileSync("pgbench", args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return Math.round(Number(/tps = ([\d.]+)/.exec(printed)?.[1] ?? Number.NaN));
}

function report(row: Row): void {
  rows.push(row);
  if (json) console.log(JSON.stringify(row));
  else console.log(lineOf(row));
}

function lineOf(row: Row): string {
  const times = row.p50 === undefined ? "" : `  p50 ${row.p50.toFixed(1)} ms  p99 ${row.p99?.toFixed(1)} ms`;
  const beside = (way: string) => {
    const other = rows.find((one) => one.database === row.database && one.way.startsWith(way));
    return other && other !== row ? `  × ${(row.perSecond / other.perSecond).toFixed(1)} of ${way}` : "";
  };
  const ratios = beside("transactions") + beside("pgbench");
  return `${row.database.padEnd(9)} ${row.way.padEnd(26)} ${String(row.perSecond).padStart(6)}/s${times}${ratios}`;
}

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What the tests found on this machine. */
export interface Services {
  /** For the tests' environment. */
  env: Record<string, string>;
  /** Why something is left out, a line each. */
  missing: string[];
  /** Ends our own PostgreSQL without letting it finish anything, and starts it again; null for one that is not ours. */
  restartPostgres: (() => Promise<void>) | null;
  stop(): void;
}

/**
 * PostgreSQL (its own, on a socket of its own, unless `TEST_DATABASE_URL` names one), Redis (`TEST_REDIS_URL`), Chromium
 * (`CHROMIUM_PATH`) and Deno. What is not there is named, and with `CI=true` ends the run.
 * @param durable whether our own PostgreSQL waits for the disk; benchmarks measure that, tests need not
 */
export async function findServices({ durable = true } = {}): Promise<Services> {
  const missing: string[] = [];
  const env: Record<string, string> = {};
  const postgres = process.env.TEST_DATABASE_URL ? null : startPostgres(durable);
  const databaseUrl = process.env.TEST_DATABASE_URL ?? postgres?.url;
  if (databaseUrl) env.TEST_DATABASE_URL = databaseUrl;
  else missing.push("PostgreSQL: no TEST_DATABASE_URL, and no initdb on PATH to start one");

  const redisUrl = process.env.TEST_REDIS_URL ?? "redis://127.0.0.1:6379";
  if (await answersPing(redisUrl)) env.TEST_REDIS_URL = redisUrl;
  else missing.push(`Redis: nothing answers at ${redisUrl} (set TEST_REDIS_URL)`);

  const chromium =
    process.env.CHROMIUM_PATH ?? which("chromium") ?? which("chromium-browser") ?? which("google-chrome");
  if (chromium) env.CHROMIUM_PATH = chromium;
  else missing.push("Chromium: not on PATH (set CHROMIUM_PATH)");

  if (existsSync("node_modules/deno/deno")) env.DENO_PATH = join(process.cwd(), "node_modules/deno/deno");
  else missing.push("Deno: node_modules/deno has no binary for this system");
  return { env, missing, restartPostgres: postgres?.restart ?? null, stop: () => postgres?.stop() };
}

function which(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file));
}

const NOT_DURABLE = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/** A throw-away cluster; PostgreSQL refuses to run as root, so then it runs as the user `postgres` or `nobody`. */
function startPostgres(durable: boolean): { url: string; restart(): Promise<void>; stop(): void } | null {
  const initdb = which("initdb");
  const pgCtl = which("pg_ctl");
  if (!initdb || !pgCtl) return null;
  const directory = mkdtempSync(join(tmpdir(), "pult-pg-"));
  const owner = process.getuid?.() === 0 ? userIds() : null;
  if (process.getuid?.() === 0 && !owner) return null;
  chmodSync(directory, 0o700);
  if (owner) chownSync(directory, owner.uid, owner.gid);
  const run = (file: string, args: string[]) => {
    const { status, stderr } = spawnSync(file, args, {
      cwd: directory,
      // A cluster made without a locale knows ASCII letters alone.
      env: { ...process.env, LC_ALL: process.env.LC_ALL || process.env.LANG || "C.UTF-8" },
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      ...(owner ?? {}),
    });
    if (status !== 0) throw new Error(`${file} failed: ${stderr}`);
  };
  const data = join(directory, "data");
  run(initdb, ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
  run(pgCtl, [
    "-D",
    data,
    "-w",
    "-l",
    join(directory, "log"),
    "-o",
    `-c listen_addresses= -k ${directory} -c max_connections=200${durable ? "" : NOT_DURABLE}`,
    "start",
  ]);
  return {
    url: `postgres://postgres@localhost/postgres?host=${directory}`,
    async restart() {
      const args = ["-D", data, "-w", "-m", "immediate", "-l", join(directory, "log"), "restart"];
      const [code] = await once(spawn(pgCtl, args, { cwd: directory, stdio: "ignore", ...(owner ?? {}) }), "close");
      if (code !== 0) throw new Error("PostgreSQL did not restart");
    },
    stop() {
      spawnSync(pgCtl, ["-D", data, "-m", "immediate", "stop"], { cwd: directory, stdio: "ignore", ...(owner ?? {}) });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function userIds(): { uid: number; gid: number } | null {
  for (const user of ["postgres", "nobody"]) {
    const uid = Number(spawnSync("id", ["-u", user], { encoding: "utf8" }).stdout);
    const gid = Number(spawnSync("id", ["-g", user], { encoding: "utf8" }).stdout);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  return null;
}

function answersPing(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379) }, () => socket.write("PING\r\n"));
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", (data) => end(data.toString().startsWith("+PONG")));
  });
}

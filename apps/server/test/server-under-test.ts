import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Database } from "@pult/db/database.ts";
import { createTestDatabase } from "@pult/db/testing.ts";
import webPush from "web-push";
import { startRedis } from "../src/adapters/test-redis.ts";
import { withDatabase } from "./support/stored.ts";

export interface Cell {
  /** Node runs the built bundle, Deno the sources. Default `node`. */
  runtime: "node" | "deno";
  /** Default `postgres` where `TEST_DATABASE_URL` names a server. */
  database: "pglite" | "postgres";
  /** A Redis of its own, as a node among several has it. Needs PostgreSQL. */
  redis?: boolean;
}

export interface ServerOptions extends Partial<Cell> {
  /** Beside PORT and DATA_DIR; limits are lifted unless named here. */
  env?: Record<string, string>;
  /** How many times faster the server waits for others. Default 1. */
  speed?: number;
  /** A PostgreSQL database kept by the caller; absent: a fresh one, dropped at the end. */
  databaseUrl?: string;
  /** Kept by the caller; absent: a fresh one, removed at the end. */
  dataDir?: string;
  /** `ready` waits for `/health/ready` to be 200, `listening` only for the port. Default `ready`. */
  until?: "ready" | "listening";
  /** Writes into the database before the server opens it. */
  seed?(db: Database): Promise<void>;
  /** Migrate an empty database instead of copying the migrated one of the test run. */
  fromNothing?: boolean;
}

/** The real server as a process of its own. */
export interface ServerUnderTest {
  readonly origin: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Everything it wrote, of all its lives. */
  logs(): string;
  /** Whether the process is alive. */
  readonly running: boolean;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, data and environment; one that runs is stopped first. @param env changes the environment for good */
  restart(env?: Record<string, string>): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Exit code of the present life; null for a signal's. */
  exited(): Promise<number | null>;
  /** SIGTERM, then everything is removed. @returns the exit code */
  stop(): Promise<number | null>;
}

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const START_MS = 55_000;

/** The command that runs a program, in `ROOT`. */
export const commandOf = (runtime: Cell["runtime"], program: string): [file: string, ...args: string[]] =>
  runtime === "node"
    ? [join(ROOT, "node_modules/.bin/node"), "--disable-warning=ExperimentalWarning", program]
    : [join(ROOT, "node_modules/deno/deno"), "run", "-A", "--no-check", "--quiet", "--cached-only", program];

const PROGRAMS: Record<Cell["runtime"], string> = {
  node: "apps/server/dist/bin/main.js",
  deno: "apps/server/src/main.ts",
};

const NO_LIMITS = {
  LIMIT_USER_PER_MINUTE: "0",
  LIMIT_IP_PER_MINUTE: "0",
  LIMIT_KEY_PER_MINUTE: "0",
  LIMIT_SIGN_IN_PER_15_MIN: "0",
  LIMIT_TELEGRAM_PER_SECOND: "0",
  LIMIT_TELEGRAM_GROUP_PER_MINUTE: "0",
};

/** What one server has compiled the next need not. */
const NODE_COMPILE_CACHE = join(ROOT, "node_modules/.cache/pult-compiled");

const mainDatabase = (): Cell["database"] => (process.env.TEST_DATABASE_URL ? "postgres" : "pglite");

/** Nothing of the tests' own environment reaches the server. */
function baseEnv(): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...NO_LIMITS, NODE_COMPILE_CACHE };
}

/** What a node is given beside `REDIS_URL`, so that all agree. */
export function sharedEnv(): Record<string, string> {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  return {
    JWT_SECRET: "a secret that all nodes have",
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
    VAPID_PUBLIC_KEY: publicKey,
    VAPID_PRIVATE_KEY: privateKey,
  };
}

export async function startServer(options: ServerOptions = {}): Promise<ServerUnderTest> {
  const { runtime = "node", databaseUrl, database = databaseUrl ? "postgres" : mainDatabase() } = options;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "pult-server-"));
  const postgres =
    database === "postgres" && !databaseUrl ? await createTestDatabase(options.fromNothing ? null : undefined) : null;
  const redis = options.redis ? await startRedis() : null;
  if (database === "pglite" && !options.fromNothing) loadDump(join(dataDir, "pglite"));
  const url = databaseUrl ?? postgres?.url ?? null;
  if (options.seed) await withDatabase({ dataDir, ...(url ? { databaseUrl: url } : {}) }, options.seed);
  const env: Record<string, string> = {
    PORT: "0",
    DATA_DIR: dataDir,
    PULT_TEST_SPEED: String(options.speed ?? 1),
    ...(database === "postgres" ? { DATABASE_URL: url ?? "" } : {}),
    ...(redis ? { ...sharedEnv(), REDIS_URL: redis.url } : {}),
    ...options.env,
  };
  let output = "";
  let life = launch(runtime, env, (text) => {
    output += text;
  });

  async function awaken(): Promise<void> {
    await waitFor(life.child, options.until ?? "ready", () => originIn(output));
    env.PORT = new URL(originIn(output) ?? "").port;
  }
  async function clean(): Promise<void> {
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    await postgres?.drop();
    await redis?.[Symbol.asyncDispose]();
  }

  try {
    await awaken();
  } catch (error) {
    life.child.kill("SIGKILL");
    await life.exited;
    await clean();
    throw new Error(`The server did not start: ${error instanceof Error ? error.message : String(error)}\n${output}`);
  }
  return {
    get origin() {
      return originIn(output) ?? "";
    },
    get port() {
      return Number(env.PORT);
    },
    get pid() {
      return life.child.pid ?? 0;
    },
    dataDir,
    logs: () => output,
    get running() {
      return isAlive(life.child);
    },
    async kill() {
      life.child.kill("SIGKILL");
      await life.exited;
    },
    async restart(changes = {}) {
      if (isAlive(life.child)) life.child.kill("SIGTERM");
      await life.exited;
      Object.assign(env, changes);
      life = launch(runtime, env, (text) => {
        output += text;
      });
      await awaken();
    },
    signal: (name) => void life.child.kill(name),
    exited: () => life.exited,
    async stop() {
      if (isAlive(life.child)) life.child.kill("SIGTERM");
      const code = await life.exited;
      await clean();
      return code;
    },
  };
}

/** Runs the server with an environment it must refuse, to its end. */
export async function runToExit(
  env: Record<string, string>,
  runtime: Cell["runtime"] = "node",
): Promise<{ code: number | null; output: string }> {
  let output = "";
  const dataDir = mkdtempSync(join(tmpdir(), "pult-server-"));
  loadDump(join(dataDir, "pglite"));
  const life = launch(runtime, { PORT: "0", DATA_DIR: dataDir, ...env }, (text) => {
    output += text;
    // It was not refused: it must not stay.
    if (text.includes('"Listening"')) life.child.kill("SIGKILL");
  });
  const code = await life.exited;
  rmSync(dataDir, { recursive: true, force: true });
  return { code, output };
}

interface Life {
  child: ChildProcess;
  exited: Promise<number | null>;
}

const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

function launch(runtime: Cell["runtime"], env: Record<string, string>, onText: (text: string) => void): Life {
  const [file, ...args] = commandOf(runtime, PROGRAMS[runtime]);
  const child = spawn(file, args, {
    cwd: ROOT,
    env: { NODE_ENV: "production", ...baseEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  living.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", onText);
  }
  const exited = once(child, "close").then(([code]) => {
    living.delete(child);
    return code as number | null;
  });
  return { child, exited };
}

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** The address of the latest "Listening" line. */
function originIn(output: string): string | null {
  return [...output.matchAll(/"origin":"(http:[^"]+)".*"msg":"Listening"/g)].at(-1)?.[1] ?? null;
}

async function waitFor(child: ChildProcess, until: "ready" | "listening", origin: () => string | null): Promise<void> {
  const path = until === "ready" ? "/health/ready" : "/health";
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (!isAlive(child)) throw new Error(`it exited with ${child.exitCode ?? child.signalCode}`);
    const address = origin();
    const answer = address ? await fetch(address + path).catch(() => null) : null;
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not ${until} after ${START_MS} ms`);
}

function loadDump(directory: string): void {
  const dump = process.env.PULT_TEST_DUMP;
  if (!dump) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { status, stderr } = spawnSync("tar", ["-xf", dump, "-C", directory], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The dump could not be unpacked: ${stderr}`);
}

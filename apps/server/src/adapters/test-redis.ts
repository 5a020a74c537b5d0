import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { newRedisClient, type RedisClient } from "./redis-client.ts";
import { listen } from "./test-server.ts";

/** A Redis of the test's own, to be hurt. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** `kill -9`; what it held is lost. */
  kill(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
  /** Stops the process without a word, so that its sockets stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
}

/** A client beside the product's own, to do things to Redis. */
export async function openAdmin(url: string): Promise<RedisClient> {
  const client = newRedisClient(url);
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Whether there is a `redis-server` to start; its absence is printed, and with `CI=true` an error. */
export function hasRedisServer(): boolean {
  return present("redis-server is not on PATH", spawnSync("redis-server", ["--version"]).status === 0);
}

/** The Redis that is there for the tests; its absence is printed, and with `CI=true` an error. */
export function testRedisUrl(): string | null {
  const url = process.env.TEST_REDIS_URL;
  return present("TEST_REDIS_URL names no Redis", Boolean(url)) ? (url ?? null) : null;
}

function present(obstacle: string, is: boolean): boolean {
  if (is) return true;
  if (process.env.CI === "true") throw new Error(`Redis is required with CI=true: ${obstacle}`);
  process.stdout.write(`Skipped Redis: ${obstacle}\n`);
  return false;
}

const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** @param more options of `redis-server` */
export async function startRedis(more: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "pult-redis-"));
  const options = ["--dir", directory, ...more];
  let child = await launch(port, options);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    living.delete(child);
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    kill,
    async start() {
      child = await launch(port, options);
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, more: readonly string[]): Promise<ChildProcess> {
  const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--enable-debug-command", "yes", ...more];
  const child = spawn("redis-server", ["--port", String(port), ...options], { stdio: ["ignore", "pipe", "inherit"] });
  living.add(child);
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    output += text;
    if (!output.includes("Ready to accept connections")) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error(`redis-server did not start:\n${output}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

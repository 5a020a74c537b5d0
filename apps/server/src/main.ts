import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { issueSetUpLink } from "@pult/api/auth/account/set-up.ts";
import { signIn, signOut } from "@pult/api/auth/account/sign-in.ts";
import { actorOfSession } from "@pult/api/auth/actors.ts";
import { ensureAgent } from "@pult/api/auth/team/ensure-agent.ts";
import { slices } from "@pult/api/slices.ts";
import { countStale } from "@pult/api/vault/reseal.ts";
import { WrongKeyError } from "@pult/api/vault/vault-check.ts";
import { DirectoryInUseError } from "@pult/db/directory-lock.ts";
import { type App, createApp } from "./app.ts";
import { EnvError, parseEnv } from "./env.ts";
import { runtimeName } from "./http/health.ts";
import { connectSandbox } from "./integrations.ts";
import { createLogger } from "./logger.ts";
import { type RunningServer, startServer } from "./server.ts";
import { startWorkers, type Workers } from "./workers.ts";

interface DemoSignIn {
  email: string;
  password: string;
}

const DEMO_AGENTS = [
  { email: "agent.a@demo.example", name: "Agent A (demo)", role: "Admin" },
  { email: "agent.b@demo.example", name: "Agent B (demo)", role: "Moderator" },
] as const;

/** For stopping in order. */
const STOP_MS = 30_000;
const web = process.argv.includes("--web");
const dev = process.argv.includes("--dev");

try {
  await start();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

async function start(): Promise<void> {
  const env = parseEnv(process.env);
  const log = createLogger(env.LOG_LEVEL);
  const app = await createApp(env, log);
  if (!env.ENCRYPTION_KEY_PREVIOUS) await warnOfStale(app);
  const demo = env.DEMO ? await seedDemo(app) : [];
  const workers = startWorkers(app);
  const server = await startServer({ app, workers, web, dev });
  stopOnSignals({ app, workers, server });
  await connectSandbox(app.integrations, { origin: server.origin, jwtSecret: app.deps.config.jwtSecret, log });
  if (env.LEGACY_AUTH === "open") log.warn({}, "LEGACY_AUTH=open: the documented routes accept a bare user_id");
  log.info({ origin: server.origin, runtime: runtimeName(), database: app.database.kind }, "Listening");
  if (web) welcome(app, server, demo);
  await inviteFirstAdmin(app, server);
}

/** The operator, who reads what the process prints, becomes the first Admin; demo data brings one. */
async function inviteFirstAdmin({ env, deps, system }: App, { origin }: RunningServer): Promise<void> {
  // The port may have been chosen by the system.
  if (!env.PUBLIC_URL) deps.config.origin = origin;
  const url = env.DEMO ? null : await issueSetUpLink(system);
  if (url) process.stdout.write(`Set up Pult: ${url}\n`);
}

/** Some secrets may be an older key's although the check is not: a node that was told of the newest key late had sealed them. */
async function warnOfStale({ deps, log }: App): Promise<void> {
  const count = await countStale(deps);
  if (count > 0)
    log.warn({ count }, "Some secrets were sealed with another ENCRYPTION_KEY; give it as ENCRYPTION_KEY_PREVIOUS");
}

function welcome({ integrations }: App, { origin }: RunningServer, demo: DemoSignIn[]): void {
  const [first] = demo;
  const lines = ["", `  Pult is running at ${origin}`];
  if (integrations.sandbox) lines.push(`  Sandbox            ${origin}/sandbox`);
  if (first) lines.push(`  Sign in            ${first.email}  ${first.password}`);
  lines.push("  Ctrl-C stops it; data stays.", "");
  process.stdout.write(`${lines.join("\n")}\n`);
}

function explain(error: unknown): string {
  if (error instanceof EnvError) return `Configuration: ${error.message}`;
  if (error instanceof DirectoryInUseError || error instanceof WrongKeyError) return error.message;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    const port = "port" in error ? ` ${error.port}` : "";
    return `Port${port} is taken. Stop what uses it, or set PORT (or METRICS_PORT) to another.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Seeds plainly invented data once. Passwords are random and kept in `DATA_DIR`, readable by the user who runs the process. */
async function seedDemo({ env, system }: App): Promise<DemoSignIn[]> {
  const file = join(env.DATA_DIR, "demo.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as DemoSignIn[];
  const signIns = DEMO_AGENTS.map(({ email }) => ({ email, password: randomBytes(9).toString("base64url") }));
  for (const [at, agent] of DEMO_AGENTS.entries()) {
    await ensureAgent(system, { ...agent, password: signIns[at]?.password ?? "" });
  }
  const [first] = signIns;
  if (!first) throw new Error("There is no demo agent");
  const { token } = await signIn(system, first);
  // The demo's answers come from an agent, as every answer does.
  const agent = { ...system, actor: await actorOfSession(system, token) };
  await signOut(agent);
  for (const slice of slices) await slice.demo?.(agent);
  writeFileSync(file, JSON.stringify(signIns, null, 2), { mode: 0o600 });
  return signIns;
}

/** Ctrl-C and SIGTERM stop everything in order; a second one, or 30 s, stop it at once. What was acknowledged is on disk either way. */
function stopOnSignals({ app, workers, server }: { app: App; workers: Workers; server: RunningServer }): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    app.log.info({ signal }, "Stopping");
    setTimeout(() => process.exit(1), STOP_MS).unref();
    close().then(
      () => process.exit(0),
      (error) => {
        app.log.error({ err: error }, "Stopping failed");
        process.exit(1);
      },
    );
  };
  async function close(): Promise<void> {
    await server.close();
    await workers.stop();
    await app.leases.close();
    for (const slice of slices) await slice.drain?.(app.system);
    await app.deps.background.idle();
    await app.integrations.sandbox?.close();
    await app.nodes.close();
    app.deps.feeds.close();
    await app.database.close();
  }
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

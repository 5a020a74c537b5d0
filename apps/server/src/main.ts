import process from "node:process";
import { issueSetUpLink } from "@pult/api/auth/account/set-up.ts";
import { countStale } from "@pult/api/vault/reseal.ts";
import { WrongKeyError } from "@pult/api/vault/vault-check.ts";
import { DirectoryInUseError } from "@pult/db/directory-lock.ts";
import { type App, createApp } from "./app.ts";
import { seedDemo } from "./demo.ts";
import { EnvError, parseEnv } from "./env.ts";
import { runtimeName } from "./http/health.ts";
import { createLogger } from "./logger.ts";
import { type RunningServer, startServer } from "./server.ts";
import { stopOnSignals } from "./shutdown.ts";
import { startWorkers } from "./workers.ts";

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

function welcome({ integrations }: App, { origin }: RunningServer, demo: { email: string; password: string }[]): void {
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

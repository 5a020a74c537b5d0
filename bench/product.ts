import { type App, createApp } from "../apps/server/src/app.ts";
import { parseEnv } from "../apps/server/src/env.ts";
import { createLogger } from "../apps/server/src/logger.ts";
import { type ServerOptions, startServer } from "../apps/server/src/server.ts";
import { startWorkers } from "../apps/server/src/workers.ts";

export const openApp = (env: Record<string, string | undefined>): Promise<App> =>
  createApp(parseEnv(env), createLogger("warn"));

/** The product's own server, without its pages. @returns its port */
export async function serve(app: App, makeGateways?: ServerOptions["makeGateways"]): Promise<number> {
  const server = await startServer({ app, workers: startWorkers(app), web: false, dev: false, makeGateways });
  return Number(new URL(server.origin).port);
}

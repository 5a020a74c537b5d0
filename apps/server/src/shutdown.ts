import process from "node:process";
import { slices } from "@pult/api/slices.ts";
import type { App } from "./app.ts";
import type { RunningServer } from "./server.ts";
import type { Workers } from "./workers.ts";

const LIMIT_MS = 30_000;

/** Ctrl-C and SIGTERM stop everything in order; a second one, or 30 s, stop it at once. What was acknowledged is on disk either way. */
export function stopOnSignals({ app, workers, server }: { app: App; workers: Workers; server: RunningServer }): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    app.log.info({ signal }, "Stopping");
    setTimeout(() => process.exit(1), LIMIT_MS).unref();
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

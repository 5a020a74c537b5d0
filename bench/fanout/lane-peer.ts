import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamLatest } from "@pult/api/realtime/stream.ts";
import { publicProcedure, router } from "@pult/api/trpc.ts";
import { z } from "zod";
import { openParts } from "../../apps/server/src/deps.ts";
import { parseEnv } from "../../apps/server/src/env.ts";
import { createLogger } from "../../apps/server/src/logger.ts";
import { startServer } from "../../apps/server/src/server.ts";
import { startWorkers } from "../../apps/server/src/workers.ts";
import type { Peer } from "./peer.ts";

const nameOf = (topic: number): string => `bench.status:${topic}`;

const socketRouter = router({
  status: publicProcedure
    .input(z.object({ topic: z.number().int() }))
    .subscription(({ ctx, input, signal }) =>
      streamLatest<object>(
        ctx,
        { kind: "latest", topic: nameOf(input.topic), mayRead: () => true, reader: null },
        { signal },
      ),
    ),
});

/** The product's own server, limits lifted, with a topic that every caller may follow. */
export async function openLanePeer(): Promise<Peer> {
  const directory = mkdtempSync(join(tmpdir(), "pult-bench-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const env = parseEnv({
    PORT: "0",
    DATA_DIR: directory,
    LIMIT_IP_PER_MINUTE: "0",
    LIMIT_USER_PER_MINUTE: "0",
    LOG_LEVEL: "warn",
  });
  const parts = await openParts(env, createLogger("warn"));
  const server = await startServer({ parts, workers: startWorkers(parts), web: false, dev: false, socketRouter });
  return {
    port: Number(new URL(server.origin).port),
    publish: (topic, value) => parts.deps.bus.publishLatest(nameOf(topic), value),
    queued: () => 0,
  };
}

import type { SupportLane } from "@pult/api/support/write.ts";
import { openParts } from "../apps/server/src/deps.ts";
import { parseEnv } from "../apps/server/src/env.ts";
import { createLogger } from "../apps/server/src/logger.ts";
import { startServer } from "../apps/server/src/server.ts";
import { startWorkers } from "../apps/server/src/workers.ts";

/**
 * The product's server, with its write lane or, as the peer, with one transaction for each message on the same tables: the same code, HTTP
 * door and connection pool. Says where it listens over its IPC channel.
 */
const way = process.argv[2];
const parts = await openParts(parseEnv(process.env), createLogger("warn"));
if (way === "transactions") parts.deps.supportLane = oneTransactionEach(parts.deps.supportLane);
else if (way !== "lane") throw new Error("lane or transactions");
const workers = startWorkers(parts);
const server = await startServer({ parts, workers, web: false, dev: false });
process.send?.({ origin: server.origin });
process.once("disconnect", () => process.exit(0));

function oneTransactionEach(lane: SupportLane): SupportLane {
  return {
    ...lane,
    async write(item) {
      const written = await parts.deps.db.transaction((tx) => lane.writeIn(tx, item));
      lane.announce([written]);
      return written;
    },
  };
}

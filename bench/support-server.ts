import { messageWriterOf } from "@pult/api/support/message-writer.ts";
import type { MessageWriter } from "@pult/api/support/write.ts";
import { createApp } from "../apps/server/src/app.ts";
import { parseEnv } from "../apps/server/src/env.ts";
import { createLogger } from "../apps/server/src/logger.ts";
import { startServer } from "../apps/server/src/server.ts";
import { startWorkers } from "../apps/server/src/workers.ts";

/**
 * The product's server, with its batch writer or, as the peer, with one transaction for each message on the same tables: the same code, HTTP
 * route and connection pool. Says where it listens over its IPC channel.
 */
const way = process.argv[2];
const app = await createApp(parseEnv(process.env), createLogger("warn"));
if (way === "transactions") writeOneByOne(messageWriterOf(app.deps));
else if (way !== "batches") throw new Error("batches or transactions");
const workers = startWorkers(app);
const server = await startServer({ app, workers, web: false, dev: false });
process.send?.({ origin: server.origin });
process.once("disconnect", () => process.exit(0));

function writeOneByOne(writer: MessageWriter): void {
  writer.write = async (item) => {
    const written = await app.deps.db.transaction((tx) => writer.writeIn(tx, item));
    writer.publish([written]);
    return written;
  };
}

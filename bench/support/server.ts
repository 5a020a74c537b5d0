import { messageWriterOf } from "@pult/api/support/message-writer.ts";
import { openApp, serve } from "../product.ts";

/**
 * The product's server, with its batch writer or, as the peer, with one transaction for each message on the same tables: the same code, HTTP
 * route and connection pool. Says where it listens over its IPC channel.
 */
const way = process.argv[2];
const app = await openApp(process.env);
if (way === "transactions") {
  const writer = messageWriterOf(app.deps);
  writer.write = async (item) => {
    const written = await app.deps.db.transaction((tx) => writer.writeIn(tx, item));
    writer.publish([written]);
    return written;
  };
}
process.send?.({ port: await serve(app) });
process.once("disconnect", () => process.exit(0));

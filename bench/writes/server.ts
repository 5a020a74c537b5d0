import { webhookWriterOf } from "@pult/api/notifications/instagram/webhooks.ts";
import { messageWriterOf } from "@pult/api/support/message-writer.ts";
import { instagramWebhooks } from "@pult/db/schema/notifications.ts";
import { openApp, serve } from "../product.ts";

/**
 * The product's server, with its batch writers or, as the peer, with one transaction for each write on the same tables: the same code, HTTP
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
  const webhooks = webhookWriterOf(app.deps);
  webhooks.write = async (webhook) => {
    await app.deps.db.insert(instagramWebhooks).values(webhook);
    return null;
  };
}
process.send?.({ port: await serve(app) });
process.once("disconnect", () => process.exit(0));

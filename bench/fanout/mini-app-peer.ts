import { statusTopic } from "@pult/api/notifications/events.ts";
import type { BotStatus } from "@pult/api/notifications/schema.ts";
import { openApp, serve } from "../product.ts";
import { LIFTED, temporaryDirectory } from "../setup.ts";
import type { Peer } from "./peer.ts";

/** The product as it runs, limits lifted: its own worker reads the figures and sends the status each second. */
export async function openMiniAppPeer(): Promise<Peer> {
  const { DATABASE_URL, PULT_ADMIN_KEY } = process.env;
  const own = { DATA_DIR: temporaryDirectory(), LEGACY_AUTH: "open", DATABASE_URL, PULT_ADMIN_KEY };
  const app = await openApp({ ...LIFTED, ...own });
  return {
    port: await serve(app),
    publish() {
      throw new Error("The product sends its status by itself");
    },
    queued: () => 0,
    onStatus: (listener) =>
      void app.deps.bus.subscribeLatest(statusTopic.name("all"), (status) => listener(status as BotStatus)),
  };
}

import type { Gateway } from "../../gateway.ts";
import type { GatewayServices } from "../services.ts";
import { createTelegramLoginRoutes } from "./login.ts";
import { receiveUpdate, requireSecret, shownSecret } from "./webhook.ts";

/** What Telegram calls, and where browsers go to sign in with it. */
export function createTelegramGateway(services: GatewayServices): Gateway {
  const { workers, guard } = services;
  return {
    name: "telegram",
    prefixes: ["/auth/telegram"],
    routes(app) {
      const login = createTelegramLoginRoutes(services);
      app.route({ methods: ["GET"], path: "/auth/telegram/start", policy: { kind: "delegated" } }, (call) =>
        login.start(call),
      );
      app.route({ methods: ["GET"], path: "/auth/telegram/callback", policy: { kind: "delegated" } }, (call) =>
        login.finish(call),
      );
      app.route(
        {
          methods: ["POST"],
          path: "/api/webhooks/telegram",
          policy: { kind: "secret" },
          async verify({ request, ip }) {
            const token = shownSecret(request);
            await guard.admit({ ip, token }, async () => requireSecret(token, services.app.secrets.webhookSecret));
          },
        },
        (call) => receiveUpdate(workers, call),
      );
    },
  };
}

import { equalSecrets } from "@pult/api/auth/tokens.ts";
import { malformed, requestError } from "@pult/api/errors.ts";
import type { BotUpdate } from "@pult/api/telegram/bot.ts";
import type { Gateway, Route } from "../../gateway.ts";
import { readJson } from "../../http/body.ts";
import type { GatewayServices } from "../services.ts";
import { createTelegramLoginRoutes } from "./login.ts";

const MAX_UPDATE_BYTES = 1024 * 1024;

/** What Telegram calls, and where browsers go to sign in with it. */
export function createTelegramGateway(services: GatewayServices): Gateway {
  const { app, workers, guard } = services;
  const login = createTelegramLoginRoutes(services);
  const page = { methods: ["GET"], policy: { kind: "delegated" } } as const;
  const webhook: Route = {
    methods: ["POST"],
    path: "/api/webhooks/telegram",
    policy: { kind: "secret" },
    async verify({ request, ip }) {
      const given = request.headers["x-telegram-bot-api-secret-token"];
      const token = typeof given === "string" ? given : null;
      await guard.admit({ ip, token }, async () => {
        if (token === null || !equalSecrets(token, app.secrets.webhookSecret)) throw requestError("unauthorized");
      });
    },
  };
  return {
    name: "telegram",
    prefixes: ["/auth/telegram"],
    routes(routes) {
      routes.route({ ...page, path: "/auth/telegram/start" }, login.start);
      routes.route({ ...page, path: "/auth/telegram/callback" }, login.finish);
      // Stored, then acknowledged.
      routes.route(webhook, async ({ request }) => {
        const update = await readJson(request, MAX_UPDATE_BYTES);
        if (!isUpdate(update)) throw malformed("Not an update");
        await workers.receiveUpdates([update]);
        return {};
      });
    },
  };
}

function isUpdate(value: unknown): value is BotUpdate {
  return typeof value === "object" && value !== null && Number.isSafeInteger((value as BotUpdate).update_id);
}

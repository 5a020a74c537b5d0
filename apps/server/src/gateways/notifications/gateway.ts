import type { EndpointPolicy } from "../../authorize.ts";
import type { Gateway } from "../../gateway.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { isAt } from "../../sockets/upgrade.ts";
import type { GatewayServices } from "../services.ts";
import { openNotificationSocket } from "./socket.ts";
import { receiveWebhook, verifySubscription } from "./webhook.ts";
import { MESSAGE_TYPES } from "./wire.ts";

const PATH = "/api/webhooks/instagram";

/** The notification protocol, and the webhook that its events come from. @see PROTOCOL.md */
export function createNotificationsGateway({ app, guard }: GatewayServices): Gateway {
  const { deps, env, integrations } = app;
  const policies = Object.fromEntries(
    MESSAGE_TYPES.map((type): [string, EndpointPolicy] => [
      type,
      { kind: type === "authenticate" ? "public" : "authenticated" },
    ]),
  );
  return {
    name: "notifications",
    audience: "notifications",
    rateLimitScope: "notifications",
    routes(app) {
      app.route({ methods: ["GET"], path: PATH, policy: { kind: "public" } }, (call) =>
        verifySubscription(call, { guard, verifyToken: integrations.instagram.verifyToken }),
      );
      app.route({ methods: ["POST"], path: PATH, policy: { kind: "secret" } }, (call) =>
        receiveWebhook(call, { deps, guard, appSecret: integrations.instagram.appSecret }),
      );
    },
    socket: {
      matches: (url) => isAt("/ws/notifications", url),
      limits: { ...SOCKET_LIMITS, perUser: 5 },
      policies,
      authenticates: ({ searchParams }) => !searchParams.has("ticket"),
      open: (socket, handshake) =>
        openNotificationSocket(socket, {
          deps,
          handshake,
          policies,
          silenceMs: env.HEARTBEAT_TIMEOUT_MS,
          batchMs: env.BATCH_INTERVAL_MS,
        }),
    },
  };
}

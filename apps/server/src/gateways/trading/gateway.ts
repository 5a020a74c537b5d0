import type { EndpointPolicy } from "../../authorize.ts";
import type { Gateway } from "../../gateway.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { isAt } from "../../sockets/upgrade.ts";
import type { GatewayServices } from "../services.ts";
import { BareWallets, identifyTrader } from "./identify.ts";
import { openTradingSocket } from "./socket.ts";
import { receiveAudioWebhook } from "./webhook.ts";
import type { MessageType } from "./wire.ts";

const read: EndpointPolicy = { kind: "customerOrStaff", scope: "trading:read" };
const write: EndpointPolicy = { kind: "customerOrStaff", scope: "trading:write" };
const policies: Readonly<Record<MessageType, EndpointPolicy>> = {
  JOIN_ENVIRONMENT: write,
  VIRTUAL_TRADE: write,
  CHAT_MESSAGE: write,
  VOICE_SESSION_START: write,
  SUBSCRIBE_PRICE: read,
  SUBSCRIBE_REWARDS: read,
  HEARTBEAT: { kind: "authenticated" },
};

/** The trading protocol, at `/ws` where that is no Mini App's, and the webhook of its audio. @see PROTOCOL.md */
export function createTradingGateway({ app: { deps, env }, guard }: GatewayServices): Gateway {
  const wallets = new BareWallets();
  return {
    name: "trading",
    audience: "trading",
    rateLimitScope: "trading",
    routes(app) {
      app.route({ methods: ["POST"], path: "/api/webhooks/livekit", policy: { kind: "secret" } }, (call) =>
        receiveAudioWebhook(call, { deps, guard }),
      );
    },
    socket: {
      // After the Mini App's gateway, which takes addresses with its own query.
      matches: (url) => isAt("/ws", url),
      limits: SOCKET_LIMITS,
      policies,
      identify: (url, shown) => identifyTrader(wallets, { url, shown, legacyAuth: env.LEGACY_AUTH }),
      open: (socket, handshake) =>
        openTradingSocket(socket, { deps, handshake, policies, wallets, batchMs: env.BATCH_INTERVAL_MS }),
    },
  };
}

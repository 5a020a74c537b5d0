import type { EndpointPolicy } from "../../authorize.ts";
import type { Gateway } from "../../gateway.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { isAt } from "../../sockets/upgrade.ts";
import type { GatewayServices } from "../services.ts";
import { identifyMiniApp } from "./identify.ts";
import { openMiniAppSocket } from "./socket.ts";

/** What tells a Mini App from the other protocol at `/ws`. */
const PARAMETERS = ["user_id", "username", "init_data"];

const policies: Record<string, EndpointPolicy> = {
  ping: { kind: "public" },
  history: { kind: "customerOrStaff", scope: "notifications:read" },
  /** Of users, only Admins; the service asks. */
  broadcast: { kind: "customerOrStaff", scope: "notifications:write" },
  pin: { kind: "customerOrStaff", scope: "notifications:write" },
};

/** The Mini App protocol. @see PROTOCOL.md */
export function createMiniAppGateway({ app: { deps, env } }: GatewayServices): Gateway {
  return {
    name: "miniApp",
    audience: "miniApp",
    rateLimitScope: "miniApp",
    socket: {
      matches: (url) =>
        isAt("/telegram/ws", url) || (isAt("/ws", url) && PARAMETERS.some((name) => url.searchParams.has(name))),
      limits: SOCKET_LIMITS,
      policies,
      identify: (url, shown) => identifyMiniApp(deps, { url, shown, legacyAuth: env.LEGACY_AUTH }),
      open: (socket, handshake) => openMiniAppSocket(socket, { deps, handshake, policies }),
    },
  };
}

import { appRouter } from "@pult/api/root.ts";
import type { AnyRouter } from "@trpc/server";
import type { Gateway } from "../../gateway.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { isAt } from "../../sockets/upgrade.ts";
import type { GatewayServices } from "../services.ts";
import { encodeTrpcRefusal } from "./errors.ts";
import { createTrpcHttp } from "./http.ts";
import { proceduresOf } from "./path.ts";
import { openTrpcSocket } from "./socket.ts";
import { TrpcSocket } from "./trpc-socket.ts";

/** The product's own API. Each procedure declares its policy. @param router over sockets: benchmarks have topics of their own */
export function createTrpcGateway(services: GatewayServices, router: AnyRouter = appRouter): Gateway {
  const { deps } = services.app;
  const { limits, secure } = services;
  return {
    name: "trpc",
    prefixes: ["/trpc"],
    routes(app) {
      app.route(
        { methods: "any", path: "/trpc/*", policy: { kind: "delegated" }, cost: (url) => proceduresOf(url).length },
        createTrpcHttp({ deps, limits, secure }),
      );
    },
    encodeError: (refusal, url) => encodeTrpcRefusal(url, refusal),
    socket: {
      matches: (url) => isAt("/trpc", url),
      limits: SOCKET_LIMITS,
      policies: {},
      authenticates: ({ searchParams }) => searchParams.get("connectionParams") === "1",
      pingText: TrpcSocket.pingText,
      open: (socket, handshake) => openTrpcSocket(socket, { handshake, deps, limits, router }),
    },
  };
}

import { appRouter } from "@pult/api/root.ts";
import type { AnyRouter } from "@trpc/server";
import type { Gateway } from "../../gateway.ts";
import { SOCKET_LIMITS, type SocketLimits } from "../../sockets/guarded-socket.ts";
import { isAt } from "../../sockets/upgrade.ts";
import type { GatewayServices } from "../services.ts";
import { encodeTrpcRefusal } from "./errors.ts";
import { createTrpcHttp } from "./http.ts";
import { proceduresOf } from "./path.ts";
import { openTrpcSocket } from "./socket.ts";
import { TrpcSocket } from "./trpc-socket.ts";

/** Frames of many readers are written once, as plain JSON. @throws Error for a router with a transformer, which would change them */
function assertPlain({ _def }: AnyRouter): void {
  const { input, output } = _def._config.transformer;
  const probe = {};
  if (input.deserialize(probe) !== probe || output.serialize(probe) !== probe)
    throw new Error("A router with a transformer cannot be served: frames are plain JSON");
}

/** A message may be as large as a batch of the largest calls, some 64 of 64 KiB each. */
export const TRPC_SOCKET_LIMITS: SocketLimits = { ...SOCKET_LIMITS, messageBytes: 4 * 1024 * 1024 };

/** The product's own API. Each procedure declares its policy. @param router over sockets: benchmarks have topics of their own */
export function createTrpcGateway(services: GatewayServices, router: AnyRouter = appRouter): Gateway {
  assertPlain(router);
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
    encodeError: encodeTrpcRefusal,
    socket: {
      matches: (url) => isAt("/trpc", url),
      limits: TRPC_SOCKET_LIMITS,
      policies: {},
      authenticates: ({ searchParams }) => searchParams.get("connectionParams") === "1",
      pingText: TrpcSocket.pingText,
      openRefused(socket, refusal) {
        const session = new TrpcSocket({ socket, expectsParams: false, failed: () => {} });
        session.refused(refusal);
        return session;
      },
      open: (socket, handshake) => openTrpcSocket(socket, { handshake, deps, limits, router }),
    },
  };
}

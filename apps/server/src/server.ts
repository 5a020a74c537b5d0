import { createServer, type Server as HttpServer } from "node:http";
import { appRouter } from "@pult/api/root.ts";
import type { AnyRouter } from "@trpc/server";
import { httpOrigin } from "./address.ts";
import type { Parts } from "./deps.ts";
import { JOIN_WITHIN_MS } from "./gateways/support/socket-guards.ts";
import { attachSupportSockets } from "./gateways/support/sockets.ts";
import { createTrpcSockets, trpcEndpoint } from "./gateways/trpc/sockets.ts";
import { createGateways } from "./gateways.ts";
import { createHttpListener } from "./http/app.ts";
import { clientAddress } from "./http/client-address.ts";
import { createOrigins } from "./http/origins.ts";
import { RealtimeCounters } from "./metrics/realtime-stats.ts";
import { startMetrics } from "./metrics/server.ts";
import { countRefusals, openSources } from "./metrics/sources.ts";
import { createRateLimits } from "./rate-limits.ts";
import { SocketIo } from "./sockets/socket-io.ts";
import { ANONYMOUS_PER_NETWORK } from "./sockets/sockets-per-network.ts";
import { createUpgradeListener } from "./sockets/upgrade.ts";
import { createTokenGuard } from "./token-guard.ts";
import { openWeb, type Web, webDirectory } from "./web.ts";
import type { Workers } from "./workers.ts";

export interface RunningServer {
  /** `http://host:port` as bound. */
  origin: string;
  /** Stops accepting, tells clients to reconnect, drains, closes. */
  close(): Promise<void>;
}

export interface ServerOptions {
  parts: Parts;
  workers: Workers;
  /** The pages too. */
  web: boolean;
  dev: boolean;
  /** What tRPC's sockets serve, if not the product's own router: benchmarks have topics of their own. */
  socketRouter?: AnyRouter;
}

const DRAIN_MS = 2_000;
const SOCKET_IO_LIMITS = { messageBytes: 64 * 1024, pingMs: 25_000, pongMs: 20_000, connectMs: JOIN_WITHIN_MS };

/** One HTTP server for everything: pages, tRPC, documented protocols. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { parts, workers, web, dev, socketRouter = appRouter } = options;
  const { env, deps, outside } = parts;
  const secure = env.PUBLIC_URL?.startsWith("https:") ?? false;
  const limits = countRefusals(createRateLimits(env, parts.nodes.redis));
  const guard = createTokenGuard({ limits, deps });
  const server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: 20_000,
    requestTimeout: 0,
    // Some clients offer HTTP/2 with every request: that is no wish for a socket.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  });
  const origins = createOrigins({
    publicUrl: env.PUBLIC_URL,
    allowed: env.ALLOWED_ORIGINS,
    host: env.HOST,
    port: () => portOf(server),
  });
  const counters = new RealtimeCounters();
  const { TRUSTED_PROXIES: trustedProxies, LEGACY_AUTH: legacyAuth } = env;
  const socketIo = new SocketIo({ path: "/socket.io", limits: SOCKET_IO_LIMITS, guard, trustedProxies, counters });
  const stopSupportSockets = attachSupportSockets(socketIo.io, {
    deps,
    limits,
    guard,
    legacyAuth,
    ipOf: (socket) => clientAddress(socket.request, trustedProxies),
  });
  const trpc = createTrpcSockets({
    deps,
    limits,
    guard,
    router: socketRouter,
    counters,
    anonymousPerNetwork: env.LIMIT_IP_PER_MINUTE === 0 ? 0 : ANONYMOUS_PER_NETWORK,
  });
  let pages: Web | null = null;
  let closing = false;

  const gateways = [...createGateways({ parts, workers, limits, guard, secure, web: () => pages }), socketIo.gateway];
  const shared = { deps, limits, guard, origins, trustedProxies, legacyAuth, secure, closing: () => closing };
  server.on("request", createHttpListener(gateways, shared));
  server.on(
    "upgrade",
    createUpgradeListener({
      origins,
      endpoints: [trpcEndpoint(trpc, { deps, guard, origins, trustedProxies, secure }), socketIo.endpoint],
      dev,
      closing: () => closing,
    }),
  );
  // Pages are prepared before the door opens, so that the first visitor does not meet a closed one.
  if (web) {
    const rules = { sandbox: outside.sandbox !== null, secure, dev };
    pages = await openWeb({ server, directory: webDirectory(), host: env.HOST, port: env.PORT, rules });
  }
  await listen(server, env.PORT, env.HOST);
  const metrics = await startMetrics(env, openSources(parts, limits, counters));
  if (metrics) parts.log.info({ origin: metrics.origin }, "Serving metrics");
  return { origin: httpOrigin(env.HOST, portOf(server)), close };

  async function close(): Promise<void> {
    closing = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    trpc.askToReconnect();
    await new Promise((resolve) => setTimeout(resolve, trpc.size > 0 ? DRAIN_MS / 4 : 0));
    trpc.close();
    stopSupportSockets();
    socketIo.close();
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearTimeout(cut);
    await pages?.close();
    await metrics?.close();
  }
}

function portOf(server: HttpServer): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function listen(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

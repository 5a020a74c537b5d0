import { createServer } from "node:http";
import { httpOrigin, listen } from "./address.ts";
import type { App } from "./app.ts";
import type { Gateway, SocketIoProtocol, SocketProtocol } from "./gateway.ts";
import type { GatewayServices } from "./gateways/services.ts";
import { createGateways } from "./gateways.ts";
import { hasten } from "./hasten.ts";
import { HttpApp } from "./http/app.ts";
import { createOpenApiGateway } from "./http/openapi.ts";
import { createOrigins } from "./http/origins.ts";
import { RealtimeCounters } from "./metrics/realtime-stats.ts";
import { openSources } from "./metrics/registry.ts";
import { startMetrics } from "./metrics/server.ts";
import { createRateLimits } from "./rate-limits.ts";
import { SocketRuntime } from "./sockets/runtime.ts";
import { SocketIo } from "./sockets/socket-io.ts";
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
  app: App;
  workers: Workers;
  /** The pages too. */
  web: boolean;
  dev: boolean;
  /** Default: the product's. */
  makeGateways?(services: GatewayServices): Gateway[];
}

export const SERVER_TIMES = {
  /** For the headers of a request, and how often that is checked. */
  headersMs: 20_000,
  headersCheckMs: 30_000,
  /** Between two looks at all sockets. */
  tickMs: 1_000,
  /** For what is under way when the server stops. */
  drainMs: 2_000,
};

/** One HTTP server for everything: pages, tRPC, documented protocols. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { app, workers, web, dev, makeGateways = createGateways } = options;
  const { env, deps, integrations } = app;
  const { headersMs, headersCheckMs, tickMs, drainMs } = hasten(SERVER_TIMES, env);
  const secure = env.PUBLIC_URL?.startsWith("https:") ?? false;
  const limits = createRateLimits(env, app.nodes.redis);
  const guard = createTokenGuard({ limits, deps });
  const server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: headersMs,
    connectionsCheckingInterval: headersCheckMs,
    requestTimeout: 0,
    // Some clients offer HTTP/2 with every request: that asks for no socket.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  });
  const origins = createOrigins({
    publicUrl: env.PUBLIC_URL,
    allowed: env.ALLOWED_ORIGINS,
    host: env.HOST,
    port: () => port,
  });
  let port = env.PORT;
  let pages: Web | null = null;
  let closing = false;

  const gateways = makeGateways({ app, workers, limits, guard, secure, web: () => pages });
  const hastened = <Protocol extends SocketProtocol | SocketIoProtocol>(protocol: Protocol): Protocol => ({
    ...protocol,
    limits: hasten(protocol.limits, env),
  });
  const counters = new RealtimeCounters();
  const { TRUSTED_PROXIES: trustedProxies, LEGACY_AUTH: legacyAuth } = env;
  const shared = { deps, limits, guard, origins, counters, trustedProxies, legacyAuth, secure };
  const sockets = new SocketRuntime({ ...shared, tickMs, anyPerNetwork: env.LIMIT_IP_PER_MINUTE === 0 });
  const { rights } = sockets;
  const socketIos = gateways.flatMap((one) =>
    one.socketIo ? [new SocketIo(one, hastened(one.socketIo), { ...shared, rights })] : [],
  );
  const endpoints = [
    ...gateways.flatMap((one) => (one.socket ? [sockets.endpoint(one, hastened(one.socket))] : [])),
    ...socketIos.map(({ endpoint }) => endpoint),
  ];
  const served = [...gateways, createOpenApiGateway(gateways), ...socketIos.map(({ polling }) => polling)];
  server.on("request", new HttpApp(served, { ...shared, closing: () => closing }).listener);
  server.on("upgrade", createUpgradeListener({ origins, endpoints, dev, closing: () => closing }));
  // Pages are prepared before the server listens, so that the first request is answered.
  if (web) {
    const rules = { sandbox: integrations.sandbox !== null, secure, dev, audioUrl: env.LIVEKIT_URL };
    pages = await openWeb({ server, directory: webDirectory(), host: env.HOST, port: env.PORT, rules });
  }
  port = await listen(server, env.PORT, env.HOST);
  const metrics = await startMetrics(env, openSources(app, limits, counters));
  if (metrics) app.log.info({ origin: metrics.origin }, "Serving metrics");
  return { origin: httpOrigin(env.HOST, port), close };

  async function close(): Promise<void> {
    closing = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    sockets.askToReconnect();
    await new Promise((resolve) => setTimeout(resolve, sockets.size > 0 ? drainMs / 4 : 0));
    sockets.close();
    for (const socketIo of socketIos) socketIo.close();
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearTimeout(cut);
    await pages?.close();
    await metrics?.close();
  }
}

import { createServer } from "node:http";
import { httpOrigin, listen } from "../address.ts";
import type { Env } from "../env.ts";
import { createRegistry, type MetricSources } from "./registry.ts";

export interface MetricsServer {
  /** `http://host:port` as bound. */
  origin: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` on a port of its own, for Prometheus alone: on the host that the product itself is bound to, which is loopback by
 * default.
 * @returns null when no port was given
 * @throws the system's error when the port is taken
 */
export async function startMetrics(
  { METRICS_PORT, HOST }: Pick<Env, "METRICS_PORT" | "HOST">,
  sources: MetricSources,
): Promise<MetricsServer | null> {
  if (METRICS_PORT === undefined) return null;
  const registry = createRegistry(sources);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    response.setHeader("x-content-type-options", "nosniff");
    if (request.url?.split("?")[0] !== "/metrics") return void response.writeHead(404).end("Not found\n");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return void response.writeHead(405, { allow: "GET, HEAD" }).end("Method not allowed\n");
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end("The metrics could not be read\n"),
    );
  });
  const port = await listen(server, METRICS_PORT, HOST);
  return {
    origin: httpOrigin(HOST, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

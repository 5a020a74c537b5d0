import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import type { Server } from "node:net";
import { createServer as createTcpServer } from "node:net";
import type { ServeControl } from "./control-api.ts";
import { createControlApi } from "./control-api.ts";
import type { FaultSwitches } from "./faults.ts";
import { readBody, sendJson, toFailure } from "./http.ts";
import type { Call, SandboxEvent, SandboxModule, SandboxOptions } from "./module.ts";
import { MODULES } from "./modules.ts";
import { Runtime } from "./runtime.ts";

/** The intersection of a union's members. */
type Merged<Union> = (Union extends unknown ? (part: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type Started<Module extends SandboxModule> = ReturnType<Module["start"]>;
type Shown<Part> = Part extends { faults: FaultSwitches<infer Values> } ? Values : never;
type Changes<Part> = Part extends { faults: FaultSwitches<object, infer Change> } ? Change : never;
type Faults<Module extends SandboxModule> = Merged<Shown<Started<Module>>> & { delayMs: number };
type Env<Part> = Part extends { env(): infer Values } ? Values : never;

interface SandboxCore<Module extends SandboxModule> {
  /** `http://host:port` */
  readonly origin: string;
  /** Ports of the modules that take bare connections, by module. */
  readonly tcpPorts: Readonly<Record<string, number>>;
  /** The product's configuration for this world, as it is now: a migrated group changes it. */
  readonly env: Merged<Env<Started<Module>>>;
  /** Calls of the product, oldest first; the latest 5,000. */
  readonly calls: readonly Call[];
  /** Serves the control API inside another server; `path` is what follows its root there. */
  readonly handleControl: ServeControl;
  world(): Merged<ReturnType<Module["view"]>> & { faults: Faults<Module> };
  on(listener: (event: SandboxEvent) => void): () => void;
  /**
   * Resolves to the first value of `condition` that is neither undefined, null nor false, checked now and after every
   * event and call. Rejects after `timeoutMs` (default 20000).
   */
  until<T>(condition: () => T | undefined | null | false, timeoutMs?: number): Promise<T>;
  setFaults(change: Partial<Merged<Changes<Started<Module>>>> & { delayMs?: number }): Faults<Module>;
  reset(): void;
  close(): Promise<void>;
}

/** A running sandbox: the core, and the actions of each module under its name. */
export type Sandbox<Module extends SandboxModule = (typeof MODULES)[number]> = SandboxCore<Module> & {
  readonly [Each in Module as Each["name"]]: Started<Each>["actions"];
};

/** @throws when the port is taken */
export function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return startModules(MODULES, options);
}

export async function startModules<Module extends SandboxModule>(
  modules: readonly Module[],
  options: SandboxOptions,
): Promise<Sandbox<Module>> {
  const { host = "127.0.0.1", port = 0 } = options;
  const runtime = new Runtime(modules, options);
  const control = createControlApi(runtime);
  const http = createHttpServer((request, response) => void serve(runtime, control, request, response));
  http.on("connection", (socket) => runtime.claim(socket, null));
  const servers: Server[] = [http];
  const address = host.includes(":") ? `[${host}]` : host;
  runtime.origin = `http://${address}:${await listen(http, host, port)}`;
  const tcpPorts: Record<string, number> = {};
  for (const { module, started } of runtime.running) {
    if (started.tcp === undefined) continue;
    const tcp = createTcpServer((socket) => {
      runtime.claim(socket, module);
      started.tcp?.(socket);
    });
    servers.push(tcp);
    const tcpPort = await listen(tcp, host, 0);
    tcpPorts[module.name] = tcpPort;
    runtime.tcpAddresses.set(module, `${address}:${tcpPort}`);
  }
  for (const { started } of runtime.running) started.opened?.();
  const core: SandboxCore<SandboxModule> = {
    origin: runtime.origin,
    tcpPorts,
    get env() {
      const parts = runtime.running.map(({ started }) => Object.getOwnPropertyDescriptors(started.env?.() ?? {}));
      return Object.defineProperties({}, Object.assign({}, ...parts));
    },
    calls: runtime.log.calls,
    handleControl: control,
    world: () => runtime.world,
    on: (listener) => runtime.on(listener),
    until: (condition, timeoutMs = 20_000) => runtime.log.until(condition, timeoutMs),
    setFaults: (change) => runtime.setFaults(change),
    reset: () => runtime.reset(),
    close: () => stop(runtime, servers),
  };
  const actions = runtime.running.map(({ module, started }) => [module.name, started.actions]);
  return Object.defineProperties(Object.fromEntries(actions), Object.getOwnPropertyDescriptors(core));
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The sandbox does not listen on a port");
  return address.port;
}

async function stop(runtime: Runtime, servers: readonly Server[]): Promise<void> {
  for (const { started } of runtime.running) started.closed?.();
  runtime.events.close();
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  for (const socket of runtime.sockets.keys()) socket.destroy();
  await Promise.all(closed);
  runtime.close();
}

async function serve(
  runtime: Runtime,
  control: ServeControl,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? "/", runtime.origin);
    runtime.claim(request.socket, null);
    if (url.pathname.startsWith("/control/")) {
      return await control(request, response, url.pathname.slice("/control/".length));
    }
    for (const { module, started } of runtime.running) {
      for (const route of started.routes ?? []) {
        const match = route.path.exec(url.pathname);
        if (match === null || (route.method ?? request.method) !== request.method) continue;
        runtime.claim(request.socket, module);
        const answer = await route.handle({ request, response, url, match });
        if (answer === undefined) return;
        await runtime.delay();
        return sendJson(response, answer);
      }
    }
    await readBody(request);
    await runtime.delay();
    sendJson(response, { status: 404, body: { error: "Not Found" } });
  } catch (error) {
    sendJson(response, toFailure(error));
  }
}

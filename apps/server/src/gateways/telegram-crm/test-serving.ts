import { createServer } from "node:http";
import { requestError } from "@pult/api/errors.ts";
import type { TestDeps } from "@pult/api/testing/test-deps.ts";
import { io, type Socket } from "socket.io-client";
import { expect } from "vitest";
import { eventually, Mailbox } from "../../../test/support/mailbox.ts";
import type { ToldEvent } from "../../../test/support/telegram-events.ts";
import { listen } from "../../adapters/test-server.ts";
import { HttpApp } from "../../http/app.ts";
import { createOrigins } from "../../http/origins.ts";
import { RealtimeCounters } from "../../metrics/realtime-stats.ts";
import { RightsWatch } from "../../sockets/rights-watch.ts";
import { SocketIo } from "../../sockets/socket-io.ts";
import { UNGUARDED } from "../../token-guard.ts";
import type { GatewayServices } from "../services.ts";
import { createTelegramCrmGateway } from "./gateway.ts";

export interface ServedTelegram {
  origin: string;
  /** From now on every call is over the limit. */
  exhaust(): void;
}

const open: (() => Promise<void>)[] = [];

/** Ends what a test has begun, the newest first; nothing is heard any more then. */
export async function endServed(): Promise<void> {
  for (const end of open.splice(0).reverse()) await end();
}

/** The protocol by itself, on a port of its own. */
export async function serveTelegram(deps: TestDeps): Promise<ServedTelegram> {
  let isExhausted = false;
  const limits = {
    async count() {
      if (isExhausted) throw requestError("rateLimited", { seconds: 9 }, { retryAfterSeconds: 9 });
    },
    countLinking: async () => {},
  };
  const gateway = createTelegramCrmGateway({ app: { deps }, limits } as unknown as GatewayServices);
  const counters = new RealtimeCounters();
  const rights = new RightsWatch(deps.bus, (error) => expect.unreachable(String(error)));
  const origins = createOrigins({ allowed: ["https://crm.example.com"], port: () => 0, host: "127.0.0.1" });
  const shared = { deps, limits, guard: UNGUARDED, origins, trustedProxies: [], legacyAuth: "open" as const };
  const protocol = gateway.socketIo;
  if (!protocol) throw new Error("The gateway has sockets");
  const socketIo = new SocketIo(gateway, protocol, { ...shared, rights, counters });
  const app = new HttpApp([gateway, socketIo.polling], { ...shared, secure: false, closing: () => false });
  const server = createServer(app.listener);
  server.on("upgrade", (request, socket, head) => socketIo.engine.handleUpgrade(request as never, socket, head));
  const port = await listen(server);
  open.push(async () => {
    rights.close();
    socketIo.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await eventually(async () => deps.bus.listening === 0);
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    exhaust() {
      isExhausted = true;
    },
  };
}

/** An event, or what became of the connection, which has no data. */
type Heard = Pick<ToldEvent, "name"> & { data: ToldEvent["data"] | null; reason?: string };

/** The stock client, with everything that it is told. */
export function connectTelegram({ origin }: ServedTelegram, token: string | null) {
  const socket: Socket = io(origin, {
    path: "/api/telegram/socket",
    transports: ["websocket"],
    auth: token === null ? {} : { token },
    reconnection: false,
    forceNew: true,
  });
  const events = new Mailbox<Heard>();
  socket.on("connect", () => events.push({ name: "connect", data: null }));
  socket.on("connect_error", ({ message }) => events.push({ name: "refused", data: null, reason: message }));
  socket.on("disconnect", (reason) => events.push({ name: "disconnect", data: null, reason }));
  socket.onAny((name, data) => events.push({ name, data }));
  open.push(async () => void socket.disconnect());
  return {
    socket,
    events,
    named: (name: string) => events.first((event) => event.name === name),
    ask: (name: string, data: unknown): Promise<unknown> => socket.timeout(5_000).emitWithAck(name, data),
  };
}

import { createServer } from "node:http";
import { revokeApiKey } from "@pult/api/auth/api-keys.ts";
import type { Deps } from "@pult/api/context.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { contextOf, storeApiKey, unique, writeAs } from "@pult/api/testing/factories.ts";
import { describeOnDatabases, type TestWorld } from "@pult/api/testing/test-deps.ts";
import type { Server as Engine } from "engine.io";
import { SignJWT } from "jose";
import type { Server as SocketServer } from "socket.io";
import { expect, it, onTestFinished } from "vitest";
import { type ChatSocket, connectChat } from "../../../test/support/chat-socket.ts";
import { eventually } from "../../../test/support/mailbox.ts";
import { listen } from "../../adapters/test-server.ts";
import type { LegacyAuth } from "../../authorize.ts";
import { RealtimeCounters } from "../../metrics/realtime-stats.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { RightsWatch } from "../../sockets/rights-watch.ts";
import { SocketIo } from "../../sockets/socket-io.ts";
import { UNGUARDED } from "../../token-guard.ts";
import { supportSockets } from "./sockets.ts";

interface Served {
  origin: string;
  io: SocketServer;
  engine: Engine;
  counters: RealtimeCounters;
}

interface Serving {
  legacyAuth?: LegacyAuth;
  idleMs?: number;
  count?(): Promise<void>;
}

/** The protocol by itself, on a port of its own. */
async function serve(deps: Deps, given: Serving = {}): Promise<Served> {
  const { legacyAuth = "open", idleMs = 60_000, count = async () => {} } = given;
  const counters = new RealtimeCounters();
  const rights = new RightsWatch(deps.bus, (error) => expect.unreachable(String(error)));
  const protocol = supportSockets({ deps, limits: { count }, legacyAuth });
  const gateway = { name: "support", audience: "support", rateLimitScope: "support" } as const;
  const socketIo = new SocketIo(
    gateway,
    { ...protocol, limits: { ...protocol.limits, idleMs } },
    { deps, limits: { count }, guard: UNGUARDED, rights, legacyAuth, trustedProxies: [], counters },
  );
  const { io, engine } = socketIo;
  const server = createServer((request, response) => engine.handleRequest(request as never, response));
  server.on("upgrade", (request, socket, head) => engine.handleUpgrade(request as never, socket, head));
  const port = await listen(server);
  onTestFinished(async () => {
    rights.close();
    socketIo.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${port}`, io, engine, counters };
}

const disconnected = (chat: ChatSocket) => chat.events.first(({ name }) => name === "disconnect");

const tokenOf = ({ deps }: TestWorld, sub: string): Promise<string> =>
  new SignJWT({ sub })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(deps.now().getTime() / 1_000 + 3_600)
    .sign(deps.config.jwtSecret);

describeOnDatabases("Support sockets", (world) => {
  const user = () => unique("customer");

  it.each(["required", "open"] as const)(
    "with %s, disconnects an unauthenticated connection that joins nothing; others stay",
    async (legacyAuth) => {
      const served = await serve(world.deps, { legacyAuth, idleMs: 300 });
      const id = user();
      const idle = connectChat(served);
      const known = connectChat(served, { auth: { token: await tokenOf(world, id) } });
      const joined = connectChat(served, legacyAuth === "open" ? {} : { auth: { token: await tokenOf(world, id) } });
      expect((await joined.join(id)).name).toBe("joined");
      await disconnected(idle);
      expect((await known.join(id)).name).toBe("joined");
      expect([known.socket.connected, joined.socket.connected]).toEqual([true, true]);
      for (const chat of [known, joined]) chat.close();
      await eventually(async () => world.deps.presence.online === 0);
    },
  );

  it.each<Record<string, string>>([
    { authorization: "Basic bm9ib2R5" },
    { authorization: "Bearer" },
    { authorization: "Basic bm9ib2R5", "x-api-key": "pult_" },
    { "x-api-key": "pult_" },
  ])("rejects malformed credentials instead of treating them as anonymous: %j", async (headers) => {
    const served = await serve(world.deps);
    const chat = connectChat(served, { headers });
    expect(await chat.events.first(() => true)).toEqual({ name: "refused", data: "Unauthorized" });
    chat.close();
  });

  it("closes a revoked key's connection within a second; other keys and customers stay", async () => {
    const served = await serve(world.deps, { legacyAuth: "required" });
    const [key, other] = [await storeApiKey(world.deps), await storeApiKey(world.deps)];
    const id = user();
    const revoked = connectChat(served, { auth: { token: key.key } });
    const kept = connectChat(served, { auth: { token: other.key } });
    for (const chat of [revoked, kept]) await chat.join(id);
    const admin = contextOf(world.deps, { kind: "apiKey", keyId: "a", name: "Admin", scopes: ["*"] });
    await revokeApiKey(admin, { id: key.id });
    const revokedAt = performance.now();
    await disconnected(revoked);
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
    await writeAs(world.deps, appCustomer(id, null), { text: "still heard" });
    await kept.message("still heard");
    expect(revoked.events.all.filter(({ name }) => name === "new_message")).toEqual([]);
    kept.close();
    await eventually(async () => world.deps.presence.online === 0);
  });

  it("closes the customer's oldest connection when one too many opens", async () => {
    const served = await serve(world.deps);
    const id = user();
    const auth = { token: await tokenOf(world, id) };
    const chats: ChatSocket[] = [];
    for (let at = 0; at <= SOCKET_LIMITS.perUser; at++) {
      const chat = connectChat(served, { auth });
      chats.push(chat);
      await chat.join(id);
    }
    await disconnected(chats[0] as ChatSocket);
    expect(chats.filter(({ socket }) => socket.connected)).toHaveLength(SOCKET_LIMITS.perUser);
    for (const chat of chats) chat.close();
    await eventually(async () => world.deps.presence.online === 0);
  });

  it("leaves nothing behind when a connection closes while its join is counted", async () => {
    const counting = Promise.withResolvers<void>();
    const counted = Promise.withResolvers<void>();
    const served = await serve(world.deps, {
      count() {
        counting.resolve();
        return counted.promise;
      },
    });
    const chat = connectChat(served);
    chat.socket.emit("join_chat", { user_id: user() });
    await counting.promise;
    chat.close();
    await eventually(async () => served.io.sockets.sockets.size === 0);
    counted.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect([world.deps.presence.online, world.deps.bus.listening]).toEqual([0, 0]);
  });

  it.each(["websocket", "polling"] as const)(
    "cuts a reader over %s that stops reading; the others get everything",
    async (transport) => {
      const served = await serve(world.deps);
      const { engine, counters } = served;
      const id = user();
      const slow = connectChat(served, { transport });
      const other = connectChat(served);
      for (const chat of [slow, other]) await chat.join(id);
      const before = engine.clientsCount;
      stopReading(slow);
      const text = "x".repeat(30_000);
      let sent = 0;
      while (engine.clientsCount === before && sent < 1_000) {
        await writeAs(world.deps, appCustomer(id, null), { text: `${++sent} ${text}` });
        await other.message(`${sent} ${text}`);
        expect(mostWaiting(engine)).toBeLessThanOrEqual(SOCKET_LIMITS.queueBytes);
      }
      expect([engine.clientsCount, counters.slowCloses.support, other.socket.connected]).toEqual([before - 1, 1, true]);
      for (const chat of [slow, other]) chat.close();
      await eventually(async () => world.deps.presence.online === 0);
    },
  );
});

/** The client's own transport, made to leave everything lying. */
function stopReading({ socket }: ChatSocket): void {
  const transport = socket.io.engine.transport as unknown as {
    name: string;
    ws: { _socket: { pause(): void } };
    doPoll(): void;
  };
  if (transport.name === "polling") transport.doPoll = () => {};
  else transport.ws._socket.pause();
}

/** Characters in the fullest of engine.io's own buffers. */
function mostWaiting(engine: Engine): number {
  const { clients } = engine as unknown as { clients: Record<string, { writeBuffer: { data?: string }[] }> };
  const waiting = Object.values(clients).map(({ writeBuffer }) =>
    writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0),
  );
  return Math.max(0, ...waiting);
}

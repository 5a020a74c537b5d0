import { once } from "node:events";
import { createServer } from "node:http";
import type { Deps } from "@pult/api/context.ts";
import { appendToLogs, publishAppended } from "@pult/api/realtime/log.ts";
import { LogFeed } from "@pult/api/realtime/log-feed.ts";
import type { LogFeeds } from "@pult/api/realtime/log-feeds.ts";
import { streamLatest, streamLog } from "@pult/api/realtime/stream.ts";
import type { LatestView } from "@pult/api/realtime/view.ts";
import { contextOf } from "@pult/api/testing/factories.ts";
import { describeOnDatabases, type TestWorld } from "@pult/api/testing/test-deps.ts";
import { publicProcedure, router, type TrpcContext } from "@pult/api/trpc.ts";
import { initTRPC } from "@trpc/server";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { Mailbox } from "../../../test/support/mailbox.ts";
import { listen } from "../../adapters/test-server.ts";
import type { SocketProtocol } from "../../gateway.ts";
import { RealtimeCounters } from "../../metrics/realtime-stats.ts";
import { SocketRuntime } from "../../sockets/runtime.ts";
import { openLog } from "../../sockets/test-sockets.ts";
import { UNGUARDED } from "../../token-guard.ts";
import type { GatewayServices } from "../services.ts";
import { createTrpcGateway } from "./gateway.ts";

const LOG = "t.log:1";
const LATEST = "t.latest:1";

const LOG_VIEW = openLog(LOG, {
  present: (payload) => ({ shown: payload }),
  snapshot: async () => ({ messages: ["a"], text: "<>&\u2028\ud83d\ude00" }),
});
const LATEST_VIEW: LatestView<unknown> = {
  kind: "latest",
  topic: LATEST,
  mayRead: () => true,
  reader: null,
  newest: () => ({ price: "0.10" }),
};

const appRouter = router({
  log: publicProcedure
    .input(z.object({ lastEventId: z.string().nullish() }))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, LOG_VIEW, { lastEventId: input.lastEventId, signal })),
  latest: publicProcedure.subscription(({ ctx, signal }) => streamLatest(ctx, LATEST_VIEW, { signal })),
});

const ANONYMOUS = { kind: "anonymous" } as const;
const subscribe = (id: string | number, path: string, input: unknown = {}, over: object = {}) => ({
  id,
  method: "subscription",
  params: { path, input },
  ...over,
});

/** Texts that a client gets, and what it sends. */
async function connect(port: number) {
  const client = new WebSocket(`ws://127.0.0.1:${port}/trpc`, { perMessageDeflate: false });
  const texts = new Mailbox<string>();
  client.on("message", (data) => texts.push(String(data)));
  const closed = once(client, "close").then(([code]) => code as number);
  await once(client, "open");
  return { client, texts, closed, send: (message: unknown) => client.send(JSON.stringify(message)) };
}

/** tRPC as it comes, without anything of ours. */
async function serveAsItComes({ deps }: TestWorld): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const createContext = async (): Promise<TrpcContext> => ({
    ...contextOf(deps, ANONYMOUS),
    fansOut: false,
    schedule: (call) => call(),
    setSession: () => {},
    limitSignIn: async () => {},
    limitLinking: async () => {},
  });
  server.on("connection", getWSConnectionHandler({ wss: server, router: appRouter, createContext }));
  onTestFinished(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { port: number }).port;
}

async function serveByRuntime({ deps }: { deps: Deps }): Promise<{ port: number; counters: RealtimeCounters }> {
  const counters = new RealtimeCounters();
  const limits = { count: async () => {}, countSignIn: async () => {}, countHandshake: async () => {} };
  const runtime = new SocketRuntime({
    deps,
    limits,
    guard: UNGUARDED,
    origins: { check: () => "absent" },
    counters,
    trustedProxies: [],
    legacyAuth: "required",
    secure: false,
    tickMs: 1_000,
    anyPerNetwork: false,
  });
  const gateway = createTrpcGateway({ app: { deps }, limits } as unknown as GatewayServices, appRouter);
  const endpoint = runtime.endpoint(gateway, gateway.socket as SocketProtocol);
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    void endpoint.accept({ request, socket, head, url: new URL(request.url ?? "/", "http://local") });
  });
  const port = await listen(server);
  onTestFinished(async () => {
    runtime.close();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port, counters };
}

async function write({ database, deps }: TestWorld, ...payloads: unknown[]): Promise<void> {
  const entries = payloads.map((payload) => ({ topic: LOG, payload }));
  publishAppended(deps.bus, await database.db.transaction((tx) => appendToLogs(tx, entries)));
}

it("A router with a transformer is refused, because frames are plain JSON", () => {
  const superJson = { serialize: (json: unknown) => ({ json }), deserialize: ({ json }: { json: unknown }) => json };
  const router = initTRPC.create({ transformer: superJson }).router({});
  expect(() => createTrpcGateway({ app: { deps: {} } } as unknown as GatewayServices, router)).toThrow("transformer");
});

describeOnDatabases("tRPC sockets", (world) => {
  it("send what tRPC itself would send, byte for byte, but for the heartbeat's id", async () => {
    await write(world, "before");
    const served = await serveByRuntime(world);
    const [itself, ours] = [await connect(await serveAsItComes(world)), await connect(served.port)];
    const both = [itself, ours];
    for (const { send, texts } of both) {
      send(subscribe(1, "log"));
      await texts.first((text) => text.includes('"position"'));
      send(subscribe("two", "log", { lastEventId: "gone:1" }, { jsonrpc: "2.0" }));
      await texts.first((text) => text.includes('"snapshot"'));
      send(subscribe(3, "latest"));
      await texts.first((text) => text.includes('"price"'));
    }
    await write(world, { text: '\u2028 " \\ \u0001 \ud83d\ude00', none: null });
    for (const { texts } of both) await texts.until((all) => count(all, '"shown"') === 2 || undefined);
    world.deps.bus.publishLatest(LATEST, { price: "0.20", at: 1 });
    for (const { texts } of both) await texts.first((text) => text.includes("0.20"));
    await world.deps.feeds.verify();
    for (const { texts } of both) await texts.until((all) => count(all, '"heartbeat"') === 2 || undefined);
    for (const { send, texts } of both) {
      for (const id of [1, "two", 3]) send({ id, method: "subscription.stop" });
      await texts.until((all) => count(all, '"stopped"') === 3 || undefined);
    }
    const plain = ours.texts.all.map((text) => text.replace(/("type":"heartbeat","head":"([^"]+)"\}),"id":"\2"/, "$1"));
    expect(ofEach(plain)).toEqual(ofEach(itself.texts.all));
    expect(ours.texts.all).toHaveLength(14);
    expect(count(ours.texts.all, '"heartbeat"')).toBe(2);
    for (const { client } of both) client.close();
    await Promise.all(both.map(({ closed }) => closed));
    expect(served.counters.subscriptions).toEqual({ log: 0, latest: 0 });
  });

  it("end a subscription with an error when its log cannot be read", async () => {
    const { deps } = world;
    const away = new Error("connection refused");
    const feeds: LogFeeds = { ...deps.feeds, open: failingFeed(away) };
    const { port } = await serveByRuntime({ deps: { ...deps, feeds } });
    const { client, texts, closed, send } = await connect(port);
    send(subscribe(1, "log"));
    const refusal = await texts.first((text) => text.includes('"error"'));
    expect(JSON.parse(refusal)).toMatchObject({
      id: 1,
      error: { data: { code: "SERVICE_UNAVAILABLE", reason: "UNAVAILABLE" } },
    });
    send(subscribe(1, "latest"));
    await texts.first((text) => text.includes('"price"'));
    expect(deps.log.takeErrors("socket failed unexpectedly")).toMatchObject([{ fields: { err: away } }]);
    client.close();
    await closed;
  });
});

const count = (texts: readonly string[], words: string): number => texts.filter((text) => text.includes(words)).length;

/** Texts by the subscription they belong to: between subscriptions there is no order. */
function ofEach(texts: readonly string[]): Record<string, string[]> {
  return Object.groupBy(texts, (text) => String(JSON.parse(text).id)) as Record<string, string[]>;
}

/** Feeds whose logs cannot be read. */
const failingFeed = (error: Error) => () => {
  const fail = () => Promise.reject(error);
  return { feed: new LogFeed({ readHead: fail, readAfter: fail, failed: () => {} }), close: () => {} };
};

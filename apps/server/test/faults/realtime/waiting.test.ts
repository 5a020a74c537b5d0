import { connect } from "node:net";
import { createClient } from "@pult/api/client.ts";
import { SILENCE } from "@pult/api/connection/socket-watch.ts";
import { afterAll, describe, expect, test } from "vitest";
import { type ChaosProxy, openChaosProxy } from "../../support/chaos-proxy.ts";
import { Checker, customerLog } from "../../support/checker.ts";
import { beginConversation, rowOf } from "../../support/desk.ts";
import { mintToken } from "../../support/installation.ts";
import { eventually } from "../../support/mailbox.ts";
import { postAsCustomer } from "../../support/numbered-writer.ts";
import { upgradeRequest } from "../../support/raw-frames.ts";
import { openRaw } from "../../support/raw-socket.ts";
import { useServer } from "../../support/use-server.ts";
import { openWatched } from "../../support/watched-server.ts";

const SPEED = 4;
/** A ping after 25 s of silence and 8 s for the answer, each by the speed, and some air for a busy machine. */
const REAPED_MS = 33_000 / SPEED + 12_000;

/** What only time shows: all of it at once, so that the file takes as long as its longest. */
describe.concurrent("What goes silent", () => {
  const server = useServer(() => openWatched({}, { speed: SPEED }));
  const proxies: ChaosProxy[] = [];
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
  });

  async function openProxy(): Promise<ChaosProxy> {
    const proxy = await openChaosProxy(server.port);
    proxies.push(proxy);
    return proxy;
  }

  test("half-open: a customer behind a black hole counts as connected until the ping is not answered, and no longer", async () => {
    const proxy = await openProxy();
    await beginConversation(server, "half-open");
    const customer = createClient({ url: proxy.origin, token: await mintToken({ sub: "half-open" }) });
    const isOnline = async () => (await rowOf(server, "half-open")).customer.online;
    const checker = new Checker();
    const subscribe = customerLog(customer.api);
    const reader = checker.reader({ name: "half-open", topic: "half-open", subscribe, writers: [] });
    await reader.live();
    await eventually(isOnline);
    proxy.target(null);
    proxy.inflict({ kind: "blackHole" });
    const since = Date.now();
    await eventually(async () => !(await isOnline()), REAPED_MS);
    expect(Date.now() - since).toBeGreaterThan(500);
    checker.stop();
    customer.close();
  });

  test("half-open: the client notices too, comes back by another connection and misses nothing", async () => {
    const proxy = await openProxy();
    const user = "half-open-client";
    await beginConversation(server, user);
    const silence = { idleMs: SILENCE.idleMs / SPEED, answerMs: SILENCE.answerMs / SPEED };
    const customer = createClient({ url: proxy.origin, token: await mintToken({ sub: user }), silence });
    const checker = new Checker();
    const reader = checker.reader({ name: user, topic: user, subscribe: customerLog(customer.api), writers: [user] });
    const writer = checker.writer({ name: user, post: (message) => postAsCustomer(server, user, message) });
    await reader.live();
    await writer.write();
    for (const connection of proxy.connections) connection.inflict({ kind: "blackHole" });
    for (let n = 0; n < 5; n++) await writer.write();
    const all = { sent: 6, delivered: 6, lost: 0, repeated: 0, problems: [] };
    expect(await checker.settle(REAPED_MS)).toMatchObject(all);
    checker.stop();
    customer.close();
  });

  test("100 sockets that never authenticate are closed 1008 in time; others are served meanwhile", async () => {
    const started = Date.now();
    const silent = await Promise.all(
      Array.from({ length: 100 }, () => openRaw(server, { path: "/trpc?connectionParams=1" })),
    );
    await server.canary();
    const codes = await Promise.all(silent.map(async ({ closed }) => (await closed).code));
    expect(new Set(codes)).toEqual(new Set([1008]));
    expect(Date.now() - started).toBeGreaterThan(9_500 / SPEED);
    expect(Date.now() - started).toBeLessThan(10_000 / SPEED + 10_000);
  });

  test("slowloris: closes 300 upgrades that never end, without delaying other clients", async () => {
    const request = upgradeRequest("/trpc");
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      return socket;
    });
    let ended = 0;
    for (const socket of sockets) socket.resume().once("close", () => void ended++);
    let sent = 0;
    const dripping = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write(request.charAt(sent));
      sent = Math.min(sent + 1, request.length - 5);
    }, 1_000 / SPEED);
    try {
      for (let n = 0; n < 5; n++) await server.canary();
      await eventually(async () => ended === sockets.length, 30_000);
    } finally {
      clearInterval(dripping);
      for (const socket of sockets) socket.destroy();
    }
    await server.canary();
  });
});

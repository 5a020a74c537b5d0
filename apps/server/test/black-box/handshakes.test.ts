import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { call } from "../support/calls.ts";
import { type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { openRaw, type RawSocket } from "../support/raw-socket.ts";

const from = (ip: string) => ({ headers: { "x-forwarded-for": ip } });
const openAt = (origin: string, ip: string, path?: string) =>
  openRaw(origin, { ...from(ip), ...(path ? { path } : {}) });

describe("Handshakes", () => {
  /** Ten for each call. */
  const MOST = 120;
  const POLLING = "/socket.io/?EIO=4&transport=polling";
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({
      env: { LIMIT_IP_PER_MINUTE: String(MOST / 10), TRUSTED_PROXIES: "127.0.0.1" },
    });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  const openFrom = (ip: string, path?: string) => openAt(origin, ip, path);
  const poll = (ip: string, raw?: { sid: string; text: string }) =>
    call(origin, raw ? `${POLLING}&sid=${raw.sid}` : POLLING, { ...from(ip), ...(raw ? { raw: raw.text } : {}) });

  test("count for their address, whichever route and transport", async () => {
    const ip = "198.51.100.1";
    const opened: RawSocket[] = [];
    for (let n = 0; n < 5; n += 1) {
      opened.push(await openFrom(ip), await openFrom(ip, "/trpc?connectionParams=1"));
      expect((await poll(ip)).status).toBe(200);
      const socket = new WebSocket(
        `${origin.replace("http", "ws")}${POLLING.replace("polling", "websocket")}`,
        from(ip),
      );
      await once(socket, "open");
      socket.terminate();
    }
    for (let n = 20; n < MOST; n += 1) expect((await poll(ip)).status).toBe(200);
    const refused = await poll(ip);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    for (const path of ["/trpc", "/trpc?connectionParams=1", "/trpc?sid=x", POLLING.replace("polling", "websocket")])
      await expect(openFrom(ip, path)).rejects.toThrow("refused with 429");
    expect((await poll("198.51.100.2")).status).toBe(200);
    for (const { socket } of opened) socket.close();
  });

  test("counts a repeated greeting as a handshake, but no other traffic on an open connection", async () => {
    const ip = "198.51.100.3";
    const { text } = await poll(ip);
    const { sid } = JSON.parse(text.slice(1));
    for (let n = 0; n < MOST; n += 1) expect((await poll(ip, { sid, text: "6" })).status).toBe(200);
    const path = `${POLLING.replace("polling", "websocket")}&sid=${sid}`;
    const upgraded = new WebSocket(origin.replace("http", "ws") + path, from(ip));
    await once(upgraded, "open");
    upgraded.terminate();
    expect((await poll(ip, { sid: "unknown", text: "6" })).status).toBe(400);
    const answers = new Mailbox<string>();
    const greeter = new WebSocket(origin.replace("http", "ws") + POLLING.replace("polling", "websocket"), from(ip));
    greeter.on("message", (data) => answers.push(String(data)));
    await once(greeter, "open");
    // Counted so far: two handshakes, and what was said of a session that is none.
    for (let n = 0; n <= MOST - 2; n += 1) {
      if (n > 0) {
        greeter.send("41");
        // Its answer shows that the one before has been dealt with.
        greeter.ping();
        await once(greeter, "pong");
      }
      greeter.send("40");
      const answer = await answers.until((all) => all.filter((one) => /^4[04]/.test(one))[n]);
      expect([n, answer.slice(0, 2)]).toEqual([n, n <= MOST - 3 ? "40" : "44"]);
    }
    expect(answers.all.at(-1)).toContain("try again in");
    greeter.terminate();
  });

  test("leave what an address may call as it was", async () => {
    const ip = "198.51.100.6";
    for (let n = 0; n < 50; n += 1) (await openFrom(ip)).socket.close();
    for (let n = 0; n < MOST / 10; n += 1)
      expect((await call(origin, "/trpc/auth.methods", from(ip))).status).toBe(200);
    expect((await call(origin, "/trpc/auth.methods", from(ip))).status).toBe(429);
  });
});

describe("Unauthenticated sockets", () => {
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({ env: { LIMIT_IP_PER_MINUTE: "1200", TRUSTED_PROXIES: "127.0.0.1" } });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  const openFrom = (ip: string, path?: string) => openAt(origin, ip, path);

  test("are at most 100 for a network; those it knows are as many as they like", async () => {
    const ip = "198.51.100.4";
    const sockets: RawSocket[] = [];
    while (sockets.length < 100) sockets.push(...(await Promise.all(Array.from({ length: 20 }, () => openFrom(ip)))));
    const one = await openFrom(ip);
    expect(await one.closed).toEqual({ code: 1008, reason: "Too many connections" });
    const known = await openFrom(ip, "/trpc?connectionParams=1");
    known.send({ method: "connectionParams", data: { token: await mintToken({ sub: "known" }) } });
    known.send({ id: 1, method: "query", params: { path: "auth.me" } });
    expect((await known.answer(1)).result).toBeDefined();
    const wrong = await openFrom(ip, "/trpc?connectionParams=1");
    wrong.send({ method: "connectionParams", data: { token: "wrong" } });
    expect((await wrong.answer(null)).error?.data.code).toBe("UNAUTHORIZED");
    const elsewhere = await openFrom("198.51.100.5");
    sockets[0]?.socket.close();
    await sockets[0]?.closed;
    const again = await openFrom(ip);
    for (const raw of [again, elsewhere, sockets[99]]) {
      raw?.send({ id: 1, method: "query", params: { path: "auth.me" } });
      expect((await raw?.answer(1))?.error?.data.code).toBe("UNAUTHORIZED");
    }
    for (const { socket } of [...sockets, known, again, elsewhere]) socket.close();
  });
});

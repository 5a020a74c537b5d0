import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { call } from "../support/calls.ts";
import { mintToken, openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { openRaw, type RawSocket } from "../support/raw-socket.ts";
import { useServer } from "../support/use-server.ts";

const from = (ip: string) => ({ headers: { "x-forwarded-for": ip } });
const start = (callsPerMinute: number) => () =>
  openInstallation({ env: { LIMIT_IP_PER_MINUTE: String(callsPerMinute), TRUSTED_PROXIES: "127.0.0.1" } });
const WITH_PARAMS = "/trpc?connectionParams=1";

describe("Handshakes", () => {
  /** Ten for each call. */
  const MOST = 120;
  const POLLING = "/socket.io/?EIO=4&transport=polling";
  const WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";
  const server = useServer(start(MOST / 10));
  const openFrom = (ip: string, path = "/trpc") => openRaw(server, { ...from(ip), path });
  const openIo = async (ip: string, session = "") => {
    const socket = new WebSocket(`${server.origin.replace("http", "ws")}${WEBSOCKET}${session}`, from(ip));
    await once(socket, "open");
    return socket;
  };
  const poll = (ip: string, raw?: { sid: string; text: string }) =>
    call(server, raw ? `${POLLING}&sid=${raw.sid}` : POLLING, { ...from(ip), ...(raw ? { raw: raw.text } : {}) });

  test("count for their address, whichever route and transport", async () => {
    const ip = "198.51.100.1";
    const opened: RawSocket[] = [];
    for (let n = 0; n < 5; n += 1) {
      opened.push(await openFrom(ip), await openFrom(ip, WITH_PARAMS));
      expect((await poll(ip)).status).toBe(200);
      (await openIo(ip)).terminate();
    }
    for (let n = 20; n < MOST; n += 1) expect((await poll(ip)).status).toBe(200);
    const refused = await poll(ip);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    for (const path of ["/trpc", WITH_PARAMS, "/trpc?sid=x", WEBSOCKET])
      await expect(openFrom(ip, path)).rejects.toThrow("refused with 429");
    expect((await poll("198.51.100.2")).status).toBe(200);
    for (const { socket } of opened) socket.close();
  });

  test("counts a repeated greeting as a handshake, but no other traffic on an open connection", async () => {
    const ip = "198.51.100.3";
    const { text } = await poll(ip);
    const { sid } = JSON.parse(text.slice(1));
    for (let n = 0; n < MOST; n += 1) expect((await poll(ip, { sid, text: "6" })).status).toBe(200);
    (await openIo(ip, `&sid=${sid}`)).terminate();
    expect((await poll(ip, { sid: "unknown", text: "6" })).status).toBe(400);
    const answers = new Mailbox<string>();
    const greeter = await openIo(ip);
    greeter.on("message", (data) => answers.push(String(data)));
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
      expect((await call(server, "/trpc/auth.methods", from(ip))).status).toBe(200);
    expect((await call(server, "/trpc/auth.methods", from(ip))).status).toBe(429);
  });
});

describe("Unauthenticated sockets", () => {
  const server = useServer(start(1_200));
  const openFrom = (ip: string, path = "/trpc") => openRaw(server, { ...from(ip), path });

  test("are at most 100 for a network; those it knows are as many as they like", async () => {
    const ip = "198.51.100.4";
    const sockets: RawSocket[] = [];
    while (sockets.length < 100) sockets.push(...(await Promise.all(Array.from({ length: 20 }, () => openFrom(ip)))));
    const one = await openFrom(ip);
    expect(await one.closed).toEqual({ code: 1008, reason: "Too many connections" });
    const known = await openFrom(ip, WITH_PARAMS);
    known.send({ method: "connectionParams", data: { token: await mintToken({ sub: "known" }) } });
    expect((await known.ask()).result).toBeDefined();
    const wrong = await openFrom(ip, WITH_PARAMS);
    wrong.send({ method: "connectionParams", data: { token: "wrong" } });
    expect((await wrong.answer(null)).error?.data.code).toBe("UNAUTHORIZED");
    const elsewhere = await openFrom("198.51.100.5");
    sockets[0]?.socket.close();
    await sockets[0]?.closed;
    const again = await openFrom(ip);
    for (const raw of [again, elsewhere, sockets[99]])
      expect((await raw?.ask())?.error?.data.code).toBe("UNAUTHORIZED");
    for (const { socket } of [...sockets, known, again, elsewhere]) socket.close();
  });
});

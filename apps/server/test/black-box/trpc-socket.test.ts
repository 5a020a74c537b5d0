import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw, openRawAs } from "../support/raw-socket.ts";

const WITH_PARAMS = { path: "/trpc?connectionParams=1" };

const query = (id: string | number, path = "auth.me") => ({ id, method: "query", params: { path } });
const follow = (id: string | number, path = "support.onInbox", input: unknown = {}) => ({
  id,
  method: "subscription",
  params: { path, input },
});

describe.each(mainCell())("tRPC over WebSocket on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;
  let pid: number;

  beforeAll(async () => {
    installation = await openInstallation(cell);
    origin = installation.server.origin;
    pid = installation.server.pid;
  });
  afterAll(async () => {
    expect([installation.server.running, installation.server.pid]).toEqual([true, pid]);
    expect(installation.server.logs()).not.toMatch(/"level":"(error|fatal)"/);
    await installation.close();
  });

  test.concurrent("connectionParams that never come: closed 1008 after 10 s", async () => {
    const started = Date.now();
    const { closed } = await openRaw(origin, WITH_PARAMS);
    expect(await closed).toEqual({ code: 1008, reason: "Not authenticated in time" });
    expect(Date.now() - started).toBeGreaterThan(9_500);
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  test.concurrent.each([
    ["another message", query(1)],
    ["params that are no object", { method: "connectionParams", data: "token" }],
    ["params that are not flat", { method: "connectionParams", data: { token: { a: 1 } } }],
    ["no JSON", "{{{"],
    ["a wrong token", { method: "connectionParams", data: { token: "rubbish" } }],
    ["another user's algorithm", { method: "connectionParams", data: { token: "a.b.c" } }],
  ])("connectionParams: %s is UNAUTHORIZED and closed 1008", async (_what, first) => {
    const raw = await openRaw(origin, WITH_PARAMS);
    raw.send(first);
    const refusal = await raw.messages.first(({ error }) => error !== undefined);
    expect(refusal.error?.data.code).toBe("UNAUTHORIZED");
    expect((await raw.closed).code).toBe(1008);
  });

  test.concurrent("rejects calls that need an identity with UNAUTHORIZED when the socket is anonymous", async () => {
    for (const raw of [await openRaw(origin), await openRaw(origin, { path: "/trpc/" })]) {
      raw.send(query(1));
      raw.send(follow(2));
      raw.send({ id: 3, method: "mutation", params: { path: "support.send", input: { text: "x", clientId: "x" } } });
      for (const id of [1, 2, 3]) expect((await raw.answer(id)).error?.data.code).toBe("UNAUTHORIZED");
      expect(raw.socket.readyState).toBe(raw.socket.OPEN);
      raw.socket.close();
    }
  });

  test.concurrent("a token, a key and a customer's JWT each open what is theirs", async () => {
    const key = await openRawAs(origin, ADMIN_KEY);
    key.send(query(1));
    expect((await key.answer(1)).result?.data).toMatchObject({ kind: "apiKey" });
    const customer = await openRawAs(origin, await mintToken({ sub: "ws-1" }));
    customer.send([query(1), follow(2)]);
    expect((await customer.answer(1)).result?.data).toMatchObject({ kind: "customer", id: "ws-1" });
    expect((await customer.answer(2)).error?.data.code).toBe("FORBIDDEN");
    for (const { socket } of [key, customer]) socket.close();
  });

  test.concurrent("the first event is the position, also when nothing has happened; `lastEventId` that is none is not recovered", async () => {
    const raw = await openRawAs(origin, await mintToken({ sub: "ws-position" }));
    raw.send(follow(1, "support.onMessage"));
    const first = await raw.messages.first(({ id, result }) => id === 1 && result?.type === "data");
    expect(first.result?.data?.data).toEqual({ type: "position", recovered: true });
    expect(first.result?.id).toMatch(/^[\w-]+:\d+$/);
    raw.send(follow(2, "support.onMessage", { lastEventId: "elsewhere:7" }));
    const second = await raw.messages.first(({ id, result }) => id === 2 && result?.type === "data");
    expect(second.result?.data?.data).toMatchObject({
      type: "position",
      recovered: false,
      snapshot: { hasMore: false },
    });
    raw.socket.close();
  });

  test.concurrent("a message of more than 64 KiB is closed 1009", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    raw.send({ ...query(1), padding: "x".repeat(64 * 1024) });
    expect((await raw.closed).code).toBe(1009);
  });

  test.concurrent("more than 64 fragments are refused and closed", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    for (let at = 0; at < 70; at++) raw.socket.send("x", { fin: false });
    expect([1008, 1009]).toContain((await raw.closed).code);
  });

  test.concurrent.each([
    ["reserved bits", Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
    ["an unmasked text", Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ["text that is not UTF-8", Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])],
    ["a length of 2^63", Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])("closes only the sending socket after a garbage frame before authentication (%s)", async (_what, bytes) => {
    for (const path of ["/trpc", "/trpc?connectionParams=1", "/socket.io/?EIO=4&transport=websocket"]) {
      const socket = connect(installation.server.port, "127.0.0.1");
      socket.on("error", () => {});
      const headers = ["Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
      const key = `Sec-WebSocket-Key: ${Buffer.alloc(16, 7).toString("base64")}`;
      socket.write(`GET ${path} HTTP/1.1\r\n${[...headers, key].join("\r\n")}\r\n\r\n`);
      const [answer] = await once(socket, "data");
      expect(String(answer)).toContain("101 Switching Protocols");
      socket.resume();
      const ended = once(socket, "close");
      socket.write(bytes);
      await ended;
    }
    expect((await call(origin, "/health")).status).toBe(200);
  });

  test.concurrent("binary, unknown methods, broken and hostile JSON are answered, and the socket goes on", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    raw.socket.send(Buffer.from("{}"), { binary: true });
    const hostile = [
      "{{{",
      "null",
      "[]",
      "[null]",
      "1",
      '"x"',
      "{}",
      '{"id":5}',
      '{"id":{},"method":"query","params":{"path":"auth.me"}}',
      '{"id":7,"method":"__proto__","params":{"path":"__proto__"}}',
      '{"id":8,"method":"query","params":{"path":"__proto__.toString"}}',
      '{"id":9,"method":"query","params":{"path":"constructor"}}',
      `${"[".repeat(10_000)}${"]".repeat(10_000)}`,
    ];
    for (const text of hostile) raw.send(text);
    raw.send(query("after"));
    expect((await raw.answer("after")).result?.data).toMatchObject({ kind: "apiKey" });
    for (const id of [8, 9]) expect((await raw.answer(id)).error?.data.code).toBe("NOT_FOUND");
    raw.socket.close();
  });

  test.concurrent("an id of a batch that could not be read is free again", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    raw.send([query(1), { id: 2, method: "query" }]);
    expect((await raw.answer(null)).error?.data.code).toBe("PARSE_ERROR");
    raw.send([query(1), query(2)]);
    for (const id of [1, 2]) expect((await raw.answer(id)).result?.data).toMatchObject({ kind: "apiKey" });
    raw.socket.close();
  });

  test.concurrent("128 subscriptions live on one socket, the 129th is refused, and a stopped one makes room", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    for (let id = 1; id <= 128; id++) raw.send(follow(id));
    await raw.messages.until((all) =>
      all.filter(({ result }) => result?.type === "data").length === 128 ? true : undefined,
    );
    raw.send(follow(129));
    const refusal = await raw.answer(129);
    expect(refusal.error?.data).toMatchObject({ code: "TOO_MANY_REQUESTS", reason: "RATE_LIMITED" });
    raw.send({ id: 1, method: "subscription.stop" });
    await raw.messages.first(({ id, result }) => id === 1 && result?.type === "stopped");
    raw.send(follow(130));
    expect((await raw.answer(130)).error).toBeUndefined();
    raw.socket.close();
  });

  test.concurrent("an id that is in use is refused, the first goes on, and the limit still counts it", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    for (let id = 1; id <= 128; id++) raw.send(follow(id));
    await raw.messages.until((all) =>
      all.filter(({ result }) => result?.type === "data").length === 128 ? true : undefined,
    );
    raw.send({ id: 1, method: "subscription.stop" });
    await raw.messages.first(({ id, result }) => id === 1 && result?.type === "stopped");
    for (let id = 2; id <= 11; id++) raw.send(follow(id));
    await raw.messages.until((all) =>
      all.filter(({ error }) => error?.message.startsWith("Duplicate id")).length === 10 ? true : undefined,
    );
    // One has been stopped, so there is room for one and no more.
    raw.send(follow(201));
    expect((await raw.answer(201)).error).toBeUndefined();
    raw.send(follow(202));
    expect((await raw.answer(202)).error?.data.code).toBe("TOO_MANY_REQUESTS");
    const seen = raw.messages.all.length;
    await sendMessage(origin, { user_id: "ws-dup", message: "x" }, { token: ADMIN_KEY });
    await raw.messages.until((all) => all.slice(seen).find(({ id, result }) => id === 2 && result?.type === "data"));
    raw.socket.close();
  });

  test.concurrent("a batch of 200 is answered, one of 201 is refused as a whole", async () => {
    const raw = await openRawAs(origin, ADMIN_KEY);
    raw.send(Array.from({ length: 200 }, (_, at) => query(at + 1)));
    await raw.messages.until((all) =>
      all.filter(({ result }) => result !== undefined).length === 200 ? true : undefined,
    );
    raw.send(Array.from({ length: 201 }, (_, at) => query(at + 1_001)));
    raw.send(query("after"));
    await raw.answer("after");
    const late = raw.messages.all.filter(({ id }) => Number(id) > 1_000);
    expect(late.filter(({ result }) => result !== undefined)).toEqual([]);
    expect(raw.messages.all.some(({ error }) => error !== undefined)).toBe(true);
    raw.socket.close();
  });
});

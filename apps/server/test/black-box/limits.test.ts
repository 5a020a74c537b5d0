import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { seedKey } from "../support/callers.ts";
import { type Answer, call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { diagonalAlone } from "../support/matrix.ts";
import { openRaw, openRawAs, type RawSocket } from "../support/raw-socket.ts";
import { connectApi } from "../support/trpc-client.ts";

const LIMITS = {
  LIMIT_USER_PER_MINUTE: "4",
  LIMIT_IP_PER_MINUTE: "0",
  LIMIT_KEY_PER_MINUTE: "6",
  LIMIT_SIGN_IN_PER_15_MIN: "2",
};

describe("Limits", () => {
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({ env: LIMITS });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  const statusesOf = async (count: number, ask: () => Promise<{ status: number }>) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n++) statuses.push((await ask()).status);
    return statuses;
  };

  test("one user's requests: 429 with Retry-After, for him alone", async () => {
    const token = await mintToken({ sub: "limit-1" });
    const ask = () => sendMessage(origin, { user_id: "limit-1", message: "x" }, { token });
    expect(await statusesOf(4, ask)).toEqual([200, 200, 200, 200]);
    const refused = await ask();
    expect([refused.status, refused.body]).toEqual([
      429,
      { success: false, error: expect.stringMatching(/try again in \d+ s/) },
    ]);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    const other = await mintToken({ sub: "limit-2" });
    expect((await call(origin, "/check_device/limit-2", { token: other })).status).toBe(200);
  });

  test.each([",", "%2C", "%2c"])("a batch over HTTP counts as its elements, parted by %s", async (comma) => {
    const token = await mintToken({ sub: `limit-3-${comma}` });
    const batch = (calls: number) =>
      call(origin, `/trpc/${Array(calls).fill("auth.me").join(comma)}?batch=1`, { token });
    const unreadable = await mintToken({ sub: `limit-3-${comma}-unreadable` });
    expect((await call(origin, "/trpc/auth.me%2?batch=1", { token: unreadable })).status).toBe(400);
    expect((await batch(4)).status).toBe(200);
    const refused = await batch(1);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(JSON.parse(refused.text)[0].error.data).toMatchObject({ code: "TOO_MANY_REQUESTS", reason: "RATE_LIMITED" });
    expect(JSON.parse((await batch(3)).text)).toHaveLength(3);
  });

  test("messages of a socket count, whatever is in a batch; stopping does not", async () => {
    const raw = await openRawAs(origin, await mintToken({ sub: "limit-4" }));
    const query = (id: number) => ({ id, method: "query", params: { path: "auth.me" } });
    for (let n = 0; n < 20; n++) raw.send({ id: 1_000 + n, method: "subscription.stop" });
    raw.send([query(1), query(2), query(3)]);
    raw.send(query(4));
    raw.send(query(5));
    expect((await raw.answer(4)).result).toBeDefined();
    const { error } = await raw.answer(5);
    expect(error?.data).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(error?.data.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(raw.socket.readyState).toBe(raw.socket.OPEN);
    raw.socket.close();
  });

  test("what cannot be read counts too: a flood of it is refused like any other", async () => {
    const raw = await openRawAs(origin, await mintToken({ sub: "limit-8" }));
    for (const text of ["x", "{}", '{"method":"connectionParams","data":null}', '[{"id":1,"method":"none"}]'])
      raw.send(text);
    for (let n = 0; n < 500; n++) raw.send("x");
    raw.send({ id: 9, method: "query", params: { path: "auth.me" } });
    expect((await raw.answer(9)).error?.data.code).toBe("TOO_MANY_REQUESTS");
    const answers = raw.messages.all.filter(({ id }) => id === null).map(({ error }) => error?.data.code);
    expect(answers).toEqual([...Array(4).fill("PARSE_ERROR"), ...Array(500).fill("TOO_MANY_REQUESTS")]);
    raw.socket.close();
  });

  test("joins over Socket.IO count", async () => {
    const chat = connectChat(origin, { auth: { token: await mintToken({ sub: "limit-5" }) } });
    for (let n = 0; n < 4; n++) expect((await chat.join("limit-5")).name).toBe("joined");
    expect(await chat.join("limit-5")).toMatchObject({
      name: "error",
      data: { message: expect.stringContaining("try again") },
    });
    chat.close();
  });

  test("whatever is emitted counts: foreign, malformed, unknown and leaving, which is done all the same", async () => {
    const id = "limit-7";
    const token = await mintToken({ sub: id });
    const [chat, other] = [connectChat(origin, { auth: { token } }), connectChat(origin, { auth: { token } })];
    for (const one of [chat, other]) expect((await one.join(id)).name).toBe("joined");
    for (const args of [{ user_id: "somebody else" }, null]) chat.socket.emit("join_chat", args);
    chat.socket.emit("nothing_of_ours");
    chat.socket.emit("join_chat", { user_id: id });
    chat.socket.emit("leave_chat", { user_id: id });
    const refusals = await chat.events.until((all) => {
      const refused = all.flatMap(({ name, data }) =>
        name === "error" ? [(data as { message: string }).message] : [],
      );
      return refused.length === 5 ? refused : undefined;
    });
    expect(refusals.map((words) => words.includes("try again"))).toEqual([false, false, true, true, true]);
    await call(origin, "/trpc/support.send", { token, json: { text: "left?", photoIds: [], clientId: "left" } });
    await other.message("left?");
    expect(chat.events.all.filter(({ name }) => name === "new_message")).toEqual([]);
    for (const one of [chat, other]) one.close();
  });

  test("signing in: per address and e-mail, right password or not", async () => {
    const ask = () => call(origin, "/trpc/auth.signIn", { json: { email: "nobody@example.com", password: "x" } });
    expect(await statusesOf(3, ask)).toEqual([401, 401, 429]);
  });

  test("a key has its own limit and is not counted as a user", async () => {
    const ask = () => call(origin, "/check_device/limit-6", { token: ADMIN_KEY });
    expect(await statusesOf(7, ask)).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });
});

describe.each(diagonalAlone())("Wrong tokens on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;
  let key = "";

  beforeAll(async () => {
    installation = await openInstallation({
      ...cell,
      env: { LIMIT_IP_PER_MINUTE: "25", TRUSTED_PROXIES: "127.0.0.1" },
      async seed(db) {
        key = await seedKey(db, { scopes: ["support:read"], limitPerMinute: 3 });
      },
    });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  const WRONG = `ses_${"x".repeat(43)}`;
  const from = (ip: string, token = WRONG) => ({ "x-forwarded-for": ip, authorization: `Bearer ${token}` });

  /** Every way to show a token. @returns whether it was refused as wrong, or because there were too many */
  const WAYS: Record<string, (ip: string, token?: string) => Promise<"wrong" | "too many" | "let in">> = {
    async trpc(ip, token) {
      return verdictOf(await call(origin, "/trpc/auth.me", { headers: from(ip, token) }));
    },
    async rest(ip, token) {
      return verdictOf(await call(origin, "/check_device/guess", { headers: from(ip, token) }));
    },
    async upgrade(ip, token) {
      const opened = await openRaw(origin, { headers: from(ip, token) }).catch(String);
      if (typeof opened !== "string") opened.socket.close();
      return opened === "Error: refused with 429" ? "too many" : typeof opened === "string" ? "wrong" : "let in";
    },
    async connectionParams(ip, token = WRONG) {
      const headers = { "x-forwarded-for": ip };
      const raw = await openRaw(origin, { path: "/trpc?connectionParams=1", headers }).catch(String);
      if (typeof raw === "string") return raw === "Error: refused with 429" ? "too many" : "wrong";
      raw.send({ method: "connectionParams", data: { token } });
      if (token !== WRONG) raw.send({ id: 1, method: "query", params: { path: "auth.me" } });
      const { error } = await raw.messages.first((message) => message.error !== undefined || message.id === 1);
      raw.socket.close();
      if (error?.data.code === "TOO_MANY_REQUESTS") expect(error.data.retryAfterSeconds).toBeGreaterThan(0);
      return error?.data.code === "TOO_MANY_REQUESTS" ? "too many" : error ? "wrong" : "let in";
    },
    async socketIo(ip, token = WRONG) {
      const chat = connectChat(origin, { auth: { token }, headers: { "x-forwarded-for": ip } });
      const connected = new Promise<null>((resolve) => chat.socket.once("connect", () => resolve(null)));
      const refused = await Promise.race([connected, chat.events.first(({ name }) => name === "refused")]);
      chat.close();
      if (refused === null) return "let in";
      return /try again in|response: 429/.test(String(refused.data)) ? "too many" : "wrong";
    },
    async ticket(ip) {
      const headers = { "x-forwarded-for": ip };
      const opened = await openRaw(origin, { path: "/trpc?ticket=guessed", headers }).catch(String);
      return opened === "Error: refused with 429" ? "too many" : "wrong";
    },
  };

  function verdictOf({ status, headers }: Answer): "wrong" | "too many" | "let in" {
    if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    return status === 429 ? "too many" : status === 401 ? "wrong" : "let in";
  }

  test("cost four calls each by whichever door, and a handshake its own; then the address is refused at all of them, right token or not", async () => {
    const five = Object.values(WAYS).slice(0, 5);
    for (const way of five) expect(await way("203.0.113.1")).toBe("wrong");
    for (const way of Object.values(WAYS)) expect(await way("203.0.113.1")).toBe("too many");
    for (const way of five) expect(await way("203.0.113.1", ADMIN_KEY)).toBe("too many");
    for (const way of five) expect(await way("203.0.113.2", ADMIN_KEY)).toBe("let in");
    expect((await call(origin, "/health", { headers: { "x-forwarded-for": "203.0.113.1" } })).status).toBe(200);
  });

  test.each(["ticket", "socketIo", "connectionParams"])("of one kind are counted too: %s", async (way) => {
    const ip = `203.0.113.${50 + Object.keys(WAYS).indexOf(way)}`;
    const verdicts: (string | undefined)[] = [];
    for (let n = 0; n < 6; n += 1) verdicts.push(await WAYS[way]?.(ip));
    expect(verdicts).toEqual([...Array(5).fill("wrong"), "too many"]);
  });

  test("are told of once: one line a minute, one entry an hour for each address", async () => {
    for (let n = 0; n < 12; n += 1) await WAYS.trpc?.("203.0.113.9");
    const audit = connectApi(origin, ADMIN_KEY);
    const guessed = async () => {
      const { entries } = await audit.api.auth.audit.list.query({
        action: "auth.tokensGuessed",
        targetId: "203.0.113.9",
      });
      return entries.length;
    };
    await expect.poll(guessed).toBe(1);
    await audit.close();
    const lines = installation.server.logs().split("\n");
    expect(lines.filter((line) => line.includes("too many wrong tokens"))).toHaveLength(1);
    expect(installation.server.logs()).not.toContain(WRONG);
  });

  test("a key with a limit of its own is held to it at every door", async () => {
    const ask = () => call(origin, "/check_device/own-limit", { headers: from("203.0.113.4", key) });
    for (let n = 0; n < 3; n += 1) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect((await call(origin, "/trpc/auth.me", { headers: from("203.0.113.5", key) })).status).toBe(429);
    const raw = await openRawAs(origin, key);
    raw.send({ id: 1, method: "query", params: { path: "auth.me" } });
    expect((await raw.answer(1)).error?.data.code).toBe("TOO_MANY_REQUESTS");
    raw.socket.close();
  });
});

describe("Handshakes", () => {
  const MOST = 120;
  const POLLING = "/socket.io/?EIO=4&transport=polling";
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({
      env: { LIMIT_IP_PER_MINUTE: String(MOST), TRUSTED_PROXIES: "127.0.0.1" },
    });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  const from = (ip: string) => ({ headers: { "x-forwarded-for": ip } });
  const openFrom = (ip: string, path?: string) => openRaw(origin, { ...from(ip), ...(path ? { path } : {}) });
  const poll = (ip: string, raw?: { sid: string; text: string }) =>
    call(origin, raw ? `${POLLING}&sid=${raw.sid}` : POLLING, { ...from(ip), ...(raw ? { raw: raw.text } : {}) });

  test("count for their address, whichever door and transport", async () => {
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

  test("what goes on with a connection that stands is none, whoever greets again on it pays", async () => {
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

  test("leave at most 100 sockets of nobody to a network, and as many as they like to those it knows", async () => {
    const ip = "198.51.100.4";
    const sockets: RawSocket[] = [];
    for (let n = 0; n < 100; n += 1) sockets.push(await openFrom(ip));
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

describe("Limits with LEGACY_AUTH=open", () => {
  test("whoever is only named is counted by his name, at every door together, and nobody else", async () => {
    const installation = await openInstallation({ legacyAuth: "open", env: { LIMIT_USER_PER_MINUTE: "5" } });
    const { origin } = installation.server;
    try {
      const doors: [string, (id: string) => Promise<{ status: number }>][] = [
        ["history", (id) => call(origin, `/message_history/${id}`)],
        ["check", (id) => call(origin, `/check_device/${id}`)],
        ["register", (id) => call(origin, "/register_device", { json: { user_id: id, fcm_token: `of ${id}` } })],
        ["send", (id) => sendMessage(origin, { user_id: id, message: "x" })],
      ];
      const chat = connectChat(origin);
      expect((await chat.join("named")).name).toBe("joined");
      for (const [door, ask] of doors) expect([door, (await ask("named")).status]).toEqual([door, 200]);
      for (const [door, ask] of doors) expect([door, (await ask("named")).status]).toEqual([door, 429]);
      expect((await chat.join("named")).name).toBe("error");
      expect((await chat.join("other")).name).toBe("joined");
      for (const [door, ask] of doors) expect([door, (await ask("other")).status]).toEqual([door, 200]);
      chat.close();
    } finally {
      await installation.close();
    }
  });
});

describe("Limits of an address, and none", () => {
  test("callers nobody knows are counted by address; a forged X-Forwarded-For changes nothing; health is free", async () => {
    const installation = await openInstallation({ legacyAuth: "open", env: { LIMIT_IP_PER_MINUTE: "5" } });
    const { origin } = installation.server;
    try {
      const statuses: number[] = [];
      for (let n = 0; n < 6; n++) {
        const headers = { "x-forwarded-for": `10.0.0.${n}` };
        const { status } =
          n % 2 === 0
            ? await sendMessage(origin, { user_id: `address-${n}`, message: "x" }, { headers })
            : await call(origin, `/check_device/address-${n}`, { headers });
        statuses.push(status);
      }
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
      expect((await call(origin, "/health")).status).toBe(200);
    } finally {
      await installation.close();
    }
  });

  test("0 lifts a limit: 300 calls of one user in one go", async () => {
    const installation = await openInstallation();
    try {
      const token = await mintToken({ sub: "free-1" });
      const answers = await Promise.all(
        Array.from({ length: 300 }, () => call(installation.server.origin, "/check_device/free-1", { token })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    } finally {
      await installation.close();
    }
  });
});

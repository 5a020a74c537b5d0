import { crc32 } from "node:zlib";
import { newApiKey } from "@pult/api/auth/tokens.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInitData } from "../support/callers.ts";
import { type Answer, call, callLiterally, historyOf, photoForm } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { forgeTokens } from "../support/forged-tokens.ts";
import { ADMIN_KEY, type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw, openRawAs } from "../support/raw-socket.ts";
import { connectApi, signInDemoAgent } from "../support/trpc-client.ts";

const NAMESPACES = ["app", "telegram"] as const;
const QUERY_ME = { id: 1, method: "query", params: { path: "auth.me" } };

describe.each(mainCell())("Attacks on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({ ...cell, demo: true });
    origin = installation.server.origin;
  });
  afterAll(async () => {
    expect(installation?.server.running).toBe(true);
    expect(installation?.server.logs()).not.toMatch(/"level":"(error|fatal)"/);
    await installation?.close();
  });

  type Try = (token: string) => Promise<"refused" | "accepted">;
  const verdictOf = ({ status }: Answer) => (status === 401 ? "refused" : "accepted");

  /** Every route that takes a customer's token, called as the customer `userId`, with the audience of its tokens. */
  function routesFor(userId: string): [name: string, audience: "support" | "trpc", attempt: Try][] {
    const chat =
      (transport: "polling" | "websocket"): Try =>
      async (token) => {
        const socket = connectChat(origin, { transport, auth: { token } });
        const first = await Promise.race([socket.events.first(({ name }) => name === "refused"), socket.join(userId)]);
        socket.close();
        return first.name === "joined" ? "accepted" : "refused";
      };
    const first = { user_id: userId, message: "Let me in", fcm_token: "attack" };
    return [
      [
        "send_message",
        "support",
        async (token) => verdictOf(await call(origin, "/send_message", { token, json: first })),
      ],
      [
        "register_device",
        "support",
        async (token) => verdictOf(await call(origin, "/register_device", { token, json: first })),
      ],
      [
        "message_history",
        "support",
        async (token) => verdictOf(await call(origin, `/message_history/${userId}`, { token })),
      ],
      [
        "check_device by X-API-Key",
        "support",
        async (token) => verdictOf(await call(origin, `/check_device/${userId}`, { headers: { "x-api-key": token } })),
      ],
      ["Socket.IO, polling", "support", chat("polling")],
      ["Socket.IO, websocket", "support", chat("websocket")],
      ["tRPC", "trpc", async (token) => verdictOf(await call(origin, "/trpc/auth.me", { token }))],
      [
        "uploads",
        "trpc",
        async (token) =>
          verdictOf(await call(origin, "/api/media", { token, form: photoForm({}, [{ bytes: SAMPLE_PHOTOS.png }]) })),
      ],
      [
        "tRPC socket, header",
        "trpc",
        async (token) => {
          const raw = await openRaw(origin, { headers: { authorization: `Bearer ${token}` } }).catch(() => null);
          raw?.socket.close();
          return raw ? "accepted" : "refused";
        },
      ],
      [
        "tRPC socket, connectionParams",
        "trpc",
        async (token) => {
          const raw = await openRawAs(origin, token);
          raw.send(QUERY_ME);
          const { error } = await raw.messages.first((message) => message.error !== undefined || message.id === 1);
          raw.socket.close();
          return error?.data.code === "UNAUTHORIZED" ? "refused" : "accepted";
        },
      ],
    ];
  }

  test("no route accepts a forged token, and each accepts the right one", async () => {
    const sub = "attack-jwt";
    const forged = await forgeTokens(sub);
    for (const [route, audience, attempt] of routesFor(sub)) {
      const elsewhere = await mintToken({ sub, aud: audience === "trpc" ? "support" : "trpc" });
      const refused = await Promise.all(
        [...forged, ["for another route", elsewhere] as const].map(async ([name, token]) => [
          name,
          await attempt(token),
        ]),
      );
      expect([route, refused.filter(([, verdict]) => verdict !== "refused")]).toEqual([route, []]);
      expect([route, await attempt(await mintToken({ sub, aud: audience }))]).toEqual([route, "accepted"]);
    }
    const texts = (await historyOf(origin, sub, { token: ADMIN_KEY })).filter(({ direction }) => direction === "user");
    expect(texts.map(({ message }) => message)).toEqual(["Let me in"]);
  });

  test("init data that is not right is refused in the same words, whatever is wrong with it", async () => {
    const token = installation.sandbox.env.TELEGRAM_BOT_TOKEN;
    const signIn = (initData: string) => call(origin, "/trpc/auth.miniApp", { json: { initData } });
    const good = signInitData(token, { id: 4_001 });
    const at = (seconds: number) => signInitData(token, { id: 4_001 }, new Date(Date.now() + seconds * 1000));
    const hash = /hash=([0-9a-f]+)/.exec(good)?.[1] ?? "";
    const bad: [name: string, initData: string][] = [
      ["forged", good.replace("4001", "4002")],
      ["another bot's", signInitData("1:AAother", { id: 4_001 })],
      ["expired", at(-3_602)],
      ["of the future", at(120)],
      ["a field twice", `${good}&auth_date=1`],
      ["a hash of odd length", good.slice(0, -1)],
      ["a hash in capitals", good.replace(hash, hash.toUpperCase())],
      ["no hash", good.replace(/&?hash=[0-9a-f]+/, "")],
      ["an invalid signature", `${good.replace(/&?hash=[0-9a-f]+/, "")}&signature=${"A".repeat(86)}`],
      ["no auth_date", good.replace(/&?auth_date=\d+/, "")],
      ["an auth_date of letters", good.replace(/auth_date=\d+/, "auth_date=now")],
      ["a broken user", good.replace("%7B", "")],
      ["5 KiB", `${good}&x=${"x".repeat(5 * 1024)}`],
      ["nothing", ""],
    ];
    for (const [name, initData] of bad) {
      const { status, text } = await signIn(initData);
      expect([name, status, JSON.parse(text).error?.message]).toEqual([name, 401, "Invalid init data"]);
    }
    const session = JSON.parse((await signIn(good)).text).result.data.token;
    const raw = await openRawAs(origin, session);
    raw.send(QUERY_ME);
    await raw.answer(1);
    const chat = connectChat(origin, { auth: { token: session } });
    expect((await chat.join("attack-init-data")).name).toBe("error");
    const began = performance.now();
    await call(origin, "/trpc/auth.signOut", { token: session, json: {} });
    expect((await raw.closed).code).toBe(1008);
    await chat.events.first(({ name }) => name === "disconnect");
    expect(performance.now() - began).toBeLessThan(1_000);
    for (const [route, , attempt] of routesFor("attack-init-data"))
      expect([route, await attempt(session)]).toEqual([route, "refused"]);
    expect((await signIn(good)).status).toBe(401);
    expect((await signIn(at(-30))).status).toBe(200);
  });

  test("the same id in two namespaces is two people: no history, device, photo or event in common", async () => {
    const initData = signInitData(installation.sandbox.env.TELEGRAM_BOT_TOKEN, { id: 77 });
    const opened = await call(origin, "/trpc/auth.miniApp", { json: { initData } });
    const tokens = {
      app: await mintToken({ sub: "77" }),
      telegram: JSON.parse(opened.text).result.data.token as string,
    };
    const photos: Record<string, string> = {};
    const sockets = { app: await openRawAs(origin, tokens.app), telegram: await openRawAs(origin, tokens.telegram) };
    for (const name of NAMESPACES) {
      const token = tokens[name];
      sockets[name].send({ id: 5, method: "subscription", params: { path: "support.onMessage", input: {} } });
      await sockets[name].messages.first(({ id, result }) => id === 5 && result?.type === "data");
      const form = photoForm({}, [{ bytes: SAMPLE_PHOTOS.png }]);
      photos[name] = JSON.parse((await call(origin, "/api/media", { token, form })).text).id;
    }
    const send = (token: string, text: string, photoIds: (string | undefined)[] = []) =>
      call(origin, "/trpc/support.send", { token, json: { text, photoIds, clientId: text } });
    expect((await send(tokens.app, "stolen", [photos.telegram])).status).not.toBe(200);
    expect((await send(tokens.telegram, "stolen", [photos.app])).status).not.toBe(200);
    for (const name of NAMESPACES) {
      const token = tokens[name];
      expect((await send(token, `of ${name}`, [photos[name]])).status).toBe(200);
      const target = { provider: "fcm", token: `device of ${name}` };
      await call(origin, "/trpc/support.registerDevice", { token, json: { target } });
    }
    for (const name of NAMESPACES) {
      const other = name === "app" ? "telegram" : "app";
      const { text } = await call(origin, "/trpc/support.history", { token: tokens[name] });
      expect([text.includes(`of ${name}`), text.includes(`of ${other}`)]).toEqual([true, false]);
      await sockets[name].messages.first((message) => JSON.stringify(message).includes(`of ${name}`));
      expect(JSON.stringify(sockets[name].messages.all)).not.toContain(`of ${other}`);
      sockets[name].socket.close();
    }
    expect((await call(origin, "/check_device/77", { token: tokens.app })).body.device_count).toBe(1);
    for (const [, audience, attempt] of routesFor("77").filter(([, audience]) => audience === "support"))
      expect([audience, await attempt(tokens.telegram)]).toEqual(["support", "refused"]);
    const theirs = await call(origin, `/trpc/support.history?input=${encodeURIComponent('{"userId":"77"}')}`, {
      token: tokens.telegram,
    });
    expect(theirs.text).not.toContain("of app");
  });

  test("a key with one character changed is no key, its checksum made right or not", async () => {
    const admin = connectApi(origin, ADMIN_KEY);
    const { key } = await admin.api.auth.apiKeys.create.mutate({ name: "Flipped", scopes: ["*"] });
    await admin.close();
    const flips = [...key].flatMap((character, at) => {
      const flipped = `${key.slice(0, at)}${character === "A" ? "B" : "A"}${key.slice(at + 1)}`;
      const body = flipped.slice(0, -9);
      return [flipped, `${body}_${crc32(body).toString(16).padStart(8, "0")}`];
    });
    const others = flips.filter((token) => token !== key);
    const cased = [key.toUpperCase(), key.toLowerCase(), `${key} `, ` ${key}x`, key.slice(0, -9), newApiKey()];
    const statuses = await Promise.all(
      [...others, ...cased.map((token) => token.trim())]
        .filter((token) => token !== key)
        .map(async (token) => (await call(origin, "/trpc/auth.me", { token })).status),
    );
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(statuses.length).toBeGreaterThan(100);
    expect((await call(origin, "/trpc/auth.me", { token: key })).status).toBe(200);
  });

  test("a cookie without our own page's origin changes nothing", async () => {
    const cookie = `pult_session=${await signInDemoAgent(installation)}`;
    const attempts: [Record<string, string>, number[]][] = [
      [{}, [200, 401]],
      [{ origin: "null" }, [403]],
      [{ origin: "https://evil.example" }, [403]],
      [{ origin: `${origin}.evil.example` }, [403]],
      [{ referer: `${origin}/settings` }, [200, 401]],
      [{ host: "evil.example", origin: "http://evil.example" }, [403]],
    ];
    for (const [headers, expected] of attempts) {
      for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
        const sent = { headers: { ...headers, cookie, "content-type": type } };
        const created = await call(origin, "/trpc/auth.apiKeys.create", {
          ...sent,
          raw: '{"name":"Csrf","scopes":["*"]}',
        });
        expect(expected.includes(200) ? [401, 415] : [403]).toContain(created.status);
        const out = await call(origin, "/trpc/auth.signOut", { ...sent, raw: "{}" });
        expect([...expected, ...(expected.includes(200) ? [415] : [])]).toContain(out.status);
      }
      const byGet = await call(origin, "/trpc/auth.signOut?input=%7B%7D", { headers: { ...headers, cookie } });
      expect([405, 403, 401]).toContain(byGet.status);
    }
    const lured = { cookie, "sec-fetch-site": "cross-site" };
    expect((await call(origin, "/api/admin/backup", { headers: lured })).status).toBe(401);
    const own = { headers: { cookie, origin } };
    expect((await call(origin, "/trpc/auth.me", own)).status).toBe(200);
    expect((await call(origin, "/trpc/auth.apiKeys.list", own)).text).not.toContain("Csrf");
  });

  test("rejects a planted session cookie after an agent signs in with it", async () => {
    const { email, password } = installation.demoAgent();
    const signIn = async (cookie: string) => {
      const headers = { origin, cookie: `pult_session=${cookie}` };
      const answer = await call(origin, "/trpc/auth.signIn", { json: { email, password }, headers });
      expect(answer.status).toBe(200);
      return /pult_session=([^;]+)/.exec(answer.headers.getSetCookie()[0] ?? "")?.[1] ?? "";
    };
    const statusOf = async (cookie: string) =>
      (await call(origin, "/trpc/auth.me", { headers: { origin, cookie: `pult_session=${cookie}` } })).status;
    const planted = `ses_${"a".repeat(43)}`;
    const own = await signIn(planted);
    expect(own).not.toBe(planted);
    expect([await statusOf(planted), await statusOf(own)]).toEqual([401, 200]);
    const prepared = await signInDemoAgent(installation);
    const fresh = await signIn(prepared);
    expect(fresh).not.toBe(prepared);
    expect([await statusOf(prepared), await statusOf(fresh)]).toEqual([401, 200]);
  });

  test("a subscription comes over a socket, where it ends with its reader's rights, and over nothing else", async () => {
    for (const [token, path] of [
      [ADMIN_KEY, "support.onInbox"],
      [await mintToken({ sub: "attack-stream" }), "support.onMessage"],
    ] as const) {
      const answer = await call(origin, `/trpc/${path}`, { token });
      expect([path, answer.status]).toEqual([path, 400]);
      expect(JSON.parse(answer.text).error.data).toMatchObject({ code: "BAD_REQUEST", reason: "VALIDATION" });
    }
    expect((await call(origin, "/trpc/support.onInbox")).status).toBe(401);
  });

  test("a request is read as it is written: no other protocol offered with it, no path that begins with a host", async () => {
    const offer = {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA",
    };
    expect((await callLiterally(origin, "/health", offer)).status).toBe(200);
    for (const target of ["//", "//elsewhere/health", "http://[/"])
      expect([target, (await callLiterally(origin, target)).status]).toEqual([target, 404]);
  });

  test("a revoked key is refused everywhere, and out of every socket within a second", async () => {
    const admin = connectApi(origin, ADMIN_KEY);
    const { id, key } = await admin.api.auth.apiKeys.create.mutate({ name: "Doomed", scopes: ["support:write"] });
    const raw = await openRawAs(origin, key);
    raw.send(QUERY_ME);
    await raw.answer(1);
    const chats = (["polling", "websocket"] as const).map((transport) =>
      connectChat(origin, { transport, auth: { token: key } }),
    );
    for (const chat of chats) expect((await chat.join("attack-revoked")).name).toBe("joined");
    const began = performance.now();
    await admin.api.auth.apiKeys.revoke.mutate({ id });
    expect((await raw.closed).code).toBe(1008);
    for (const chat of chats) await chat.events.first(({ name }) => name === "disconnect");
    expect(performance.now() - began).toBeLessThan(1_000);
    for (const [route, , attempt] of routesFor("attack-revoked"))
      expect([route, await attempt(key)]).toEqual([route, "refused"]);
    await admin.close();
  });
});

import { crc32 } from "node:zlib";
import { newApiKey } from "@pult/api/auth/tokens.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { describe, expect, test } from "vitest";
import { type Answer, call, callLiterally, photoForm, writtenBy } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { forgeTokens } from "../support/forged-tokens.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw, openRawAs, query } from "../support/raw-socket.ts";
import { openTrading } from "../support/trading-socket.ts";
import { callApi, demoAgentOf, initDataOf, openMiniApp, signInAt } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const NAMESPACES = ["app", "telegram"] as const;

describe.each(mainCell())("Attacks on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, demo: true }), expectHealthy);

  type Attempt = (token: string) => Promise<"refused" | "accepted">;
  const verdictOf = async (answer: Promise<Answer>) => ((await answer).status === 401 ? "refused" : "accepted");

  /** Every route that takes a customer's token, called as the customer `userId`, by the audience of its tokens. */
  function routesFor(userId: string): Record<"support" | "trading" | "trpc", Record<string, Attempt>> {
    const chat =
      (transport: "polling" | "websocket"): Attempt =>
      async (token) => {
        const socket = connectChat(server, { transport, auth: { token } });
        const first = await Promise.race([socket.events.first(({ name }) => name === "refused"), socket.join(userId)]);
        socket.close();
        return first.name === "joined" ? "accepted" : "refused";
      };
    const trading =
      (headersOf: (token: string) => Record<string, string>): Attempt =>
      async (token) => {
        const opened = await openTrading(server, { headers: headersOf(token) }).catch(() => null);
        opened?.socket.close();
        return opened ? "accepted" : "refused";
      };
    const json = { user_id: userId, message: "Let me in", fcm_token: "attack" };
    const form = photoForm({}, [{ bytes: SAMPLE_PHOTOS.png }]);
    return {
      support: {
        send_message: (token) => verdictOf(call(server, "/send_message", { token, json })),
        register_device: (token) => verdictOf(call(server, "/register_device", { token, json })),
        message_history: (token) => verdictOf(call(server, `/message_history/${userId}`, { token })),
        "check_device by X-API-Key": (token) =>
          verdictOf(call(server, `/check_device/${userId}`, { headers: { "x-api-key": token } })),
        "Socket.IO, polling": chat("polling"),
        "Socket.IO, websocket": chat("websocket"),
      },
      trading: {
        "trading socket, Bearer": trading((token) => ({ authorization: `Bearer ${token}` })),
        "trading socket, bare Authorization": trading((authorization) => ({ authorization })),
        "trading socket, X-API-Key": trading((token) => ({ "x-api-key": token })),
      },
      trpc: {
        tRPC: (token) => verdictOf(call(server, "/trpc/auth.me", { token })),
        uploads: (token) => verdictOf(call(server, "/api/media", { token, form })),
        async "tRPC socket, header"(token) {
          const raw = await openRaw(server, { headers: { authorization: `Bearer ${token}` } });
          const { error } = await raw.ask();
          raw.socket.close();
          return error?.data.code === "UNAUTHORIZED" ? "refused" : "accepted";
        },
        async "tRPC socket, connectionParams"(token) {
          const raw = await openRawAs(server, token);
          raw.send(query(1));
          const { error } = await raw.messages.first((message) => message.error !== undefined || message.id === 1);
          raw.socket.close();
          return error?.data.code === "UNAUTHORIZED" ? "refused" : "accepted";
        },
      },
    };
  }

  async function expectRefused(token: string, attempts: Record<string, Attempt>): Promise<void> {
    for (const [route, attempt] of Object.entries(attempts))
      expect([route, await attempt(token)]).toEqual([route, "refused"]);
  }

  test("no route accepts a forged token, and each accepts the right one", async () => {
    const sub = "attack-jwt";
    const forged = await forgeTokens(sub);
    for (const [audience, attempts] of Object.entries(routesFor(sub))) {
      const elsewhere = await mintToken({ sub, aud: audience === "trpc" ? "support" : "trpc" });
      for (const [route, attempt] of Object.entries(attempts)) {
        const tried = [...forged, ["for another route", elsewhere] as const].map(
          async ([name, token]) => [name, await attempt(token)] as const,
        );
        const accepted = (await Promise.all(tried)).filter(([, verdict]) => verdict !== "refused");
        expect([route, accepted]).toEqual([route, []]);
        expect([route, await attempt(await mintToken({ sub, aud: audience }))]).toEqual([route, "accepted"]);
      }
    }
    expect(await writtenBy(server, sub, { token: ADMIN_KEY })).toEqual(["Let me in"]);
  });

  test("init data that is not right is refused in the same words, whatever is wrong with it", async () => {
    const signIn = (initData: string) => call(server, "/trpc/auth.miniApp", { json: { initData } });
    const good = initDataOf(server, 4_001);
    const at = (seconds: number) => initDataOf(server, 4_001, new Date(Date.now() + seconds * 1000));
    const bad: [name: string, initData: string][] = [
      ["forged", good.replace("4001", "4002")],
      ["expired", at(-3_602)],
      ["5 KiB", `${good}&x=${"x".repeat(5 * 1024)}`],
      ["nothing", ""],
    ];
    for (const [name, initData] of bad) {
      const { status, text } = await signIn(initData);
      expect([name, status, JSON.parse(text).error?.message]).toEqual([name, 401, "Invalid init data"]);
    }
    const session = JSON.parse((await signIn(good)).text).result.data.token;
    const raw = await openRawAs(server, session);
    await raw.ask();
    const chat = connectChat(server, { auth: { token: session } });
    expect((await chat.join("attack-init-data")).name).toBe("error");
    await call(server, "/trpc/auth.signOut", { token: session, json: {} });
    const ended = performance.now();
    expect((await raw.closed).code).toBe(1008);
    await chat.events.first(({ name }) => name === "disconnect");
    expect(performance.now() - ended).toBeLessThan(1_000);
    for (const attempts of Object.values(routesFor("attack-init-data"))) await expectRefused(session, attempts);
    expect((await signIn(good)).status).toBe(401);
    expect((await signIn(at(-30))).status).toBe(200);
  });

  test("the same id in two namespaces is two people: no history, device, photo or event in common", async () => {
    const tokens = { app: await mintToken({ sub: "77" }), telegram: await openMiniApp(server, 77) };
    const photos: Record<string, string> = {};
    const sockets = { app: await openRawAs(server, tokens.app), telegram: await openRawAs(server, tokens.telegram) };
    for (const name of NAMESPACES) {
      const token = tokens[name];
      await sockets[name].follow(5, "support.onMessage");
      const form = photoForm({}, [{ bytes: SAMPLE_PHOTOS.png }]);
      photos[name] = JSON.parse((await call(server, "/api/media", { token, form })).text).id;
    }
    const send = (token: string, text: string, photoIds: (string | undefined)[] = []) =>
      call(server, "/trpc/support.send", { token, json: { text, photoIds, clientId: text } });
    expect((await send(tokens.app, "stolen", [photos.telegram])).status).not.toBe(200);
    expect((await send(tokens.telegram, "stolen", [photos.app])).status).not.toBe(200);
    for (const name of NAMESPACES) {
      const token = tokens[name];
      expect((await send(token, `of ${name}`, [photos[name]])).status).toBe(200);
      const target = { provider: "fcm", token: `device of ${name}` };
      await call(server, "/trpc/support.registerDevice", { token, json: { target } });
    }
    for (const name of NAMESPACES) {
      const other = name === "app" ? "telegram" : "app";
      const { text } = await call(server, "/trpc/support.history", { token: tokens[name] });
      expect([text.includes(`of ${name}`), text.includes(`of ${other}`)]).toEqual([true, false]);
      await sockets[name].messages.first((message) => JSON.stringify(message).includes(`of ${name}`));
      expect(JSON.stringify(sockets[name].messages.all)).not.toContain(`of ${other}`);
      sockets[name].socket.close();
    }
    expect((await call(server, "/check_device/77", { token: tokens.app })).body.device_count).toBe(1);
    await expectRefused(tokens.telegram, routesFor("77").support);
    const theirs = `/trpc/support.history?input=${encodeURIComponent('{"userId":"77"}')}`;
    expect((await call(server, theirs, { token: tokens.telegram })).text).not.toContain("of app");
  });

  test("a key with one character changed is no key, its checksum made right or not", async () => {
    const { key } = await callApi(server).auth.apiKeys.create.mutate({ name: "Flipped", scopes: ["*"] });
    const flips = [...key].flatMap((character, at) => {
      const flipped = `${key.slice(0, at)}${character === "A" ? "B" : "A"}${key.slice(at + 1)}`;
      const body = flipped.slice(0, -9);
      return [flipped, `${body}_${crc32(body).toString(16).padStart(8, "0")}`];
    });
    const others = [key.toUpperCase(), key.toLowerCase(), `${key}x`, key.slice(0, -9), newApiKey()];
    const statuses = await Promise.all(
      [...flips, ...others]
        .filter((token) => token !== key)
        .map(async (token) => (await call(server, "/trpc/auth.me", { token })).status),
    );
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(statuses.length).toBeGreaterThan(100);
    expect((await call(server, "/trpc/auth.me", { token: key })).status).toBe(200);
  });

  test("a cookie without our own page's origin changes nothing", async () => {
    const cookie = `pult_session=${await signInAt(server)}`;
    const attempts: [Record<string, string>, number[]][] = [
      [{}, [200, 401]],
      [{ origin: "null" }, [403]],
      [{ origin: "https://evil.example" }, [403]],
      [{ origin: `${server.origin}.evil.example` }, [403]],
      [{ referer: `${server.origin}/settings` }, [200, 401]],
      [{ host: "evil.example", origin: "http://evil.example" }, [403]],
    ];
    for (const [headers, expected] of attempts) {
      for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
        const sent = { headers: { ...headers, cookie, "content-type": type } };
        const raw = '{"name":"Csrf","scopes":["*"]}';
        const created = await call(server, "/trpc/auth.apiKeys.create", { ...sent, raw });
        expect(expected.includes(200) ? [401, 415] : [403]).toContain(created.status);
        const out = await call(server, "/trpc/auth.signOut", { ...sent, raw: "{}" });
        expect([...expected, ...(expected.includes(200) ? [415] : [])]).toContain(out.status);
      }
      const byGet = await call(server, "/trpc/auth.signOut?input=%7B%7D", { headers: { ...headers, cookie } });
      expect([405, 403, 401]).toContain(byGet.status);
    }
    const lured = { cookie, "sec-fetch-site": "cross-site" };
    expect((await call(server, "/api/admin/backup", { headers: lured })).status).toBe(401);
    const own = { headers: { cookie, origin: server.origin } };
    expect((await call(server, "/trpc/auth.me", own)).status).toBe(200);
    expect((await call(server, "/trpc/auth.apiKeys.list", own)).text).not.toContain("Csrf");
  });

  test("rejects a planted session cookie after an agent signs in with it", async () => {
    const headersOf = (cookie: string) => ({ origin: server.origin, cookie: `pult_session=${cookie}` });
    const signIn = async (cookie: string) => {
      const answer = await call(server, "/trpc/auth.signIn", { json: demoAgentOf(server), headers: headersOf(cookie) });
      expect(answer.status).toBe(200);
      return /pult_session=([^;]+)/.exec(answer.headers.getSetCookie()[0] ?? "")?.[1] ?? "";
    };
    const statusOf = async (cookie: string) =>
      (await call(server, "/trpc/auth.me", { headers: headersOf(cookie) })).status;
    const planted = `ses_${"a".repeat(43)}`;
    const own = await signIn(planted);
    expect(own).not.toBe(planted);
    expect([await statusOf(planted), await statusOf(own)]).toEqual([401, 200]);
    const prepared = await signInAt(server);
    const fresh = await signIn(prepared);
    expect(fresh).not.toBe(prepared);
    expect([await statusOf(prepared), await statusOf(fresh)]).toEqual([401, 200]);
  });

  test("a subscription comes over a socket, where it ends with its reader's rights, and over nothing else", async () => {
    for (const [token, path] of [
      [ADMIN_KEY, "support.onInbox"],
      [await mintToken({ sub: "attack-stream" }), "support.onMessage"],
    ] as const) {
      const answer = await call(server, `/trpc/${path}`, { token });
      expect([path, answer.status]).toEqual([path, 400]);
      expect(JSON.parse(answer.text).error.data).toMatchObject({ code: "BAD_REQUEST", reason: "VALIDATION" });
    }
    expect((await call(server, "/trpc/support.onInbox")).status).toBe(401);
  });

  test("a request is read as it is written: no other protocol offered with it, no path that begins with a host", async () => {
    const settings = "AAMAAABkAAQAoAAAAAIAAAAA";
    const offer = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": settings };
    expect((await callLiterally(server, "/health", offer)).status).toBe(200);
    for (const target of ["//", "//elsewhere/health", "http://[/"])
      expect([target, (await callLiterally(server, target)).status]).toEqual([target, 404]);
  });

  test("a revoked key is refused everywhere, and out of every socket within a second", async () => {
    const { apiKeys } = callApi(server).auth;
    const { id, key } = await apiKeys.create.mutate({ name: "Doomed", scopes: ["support:write"] });
    const raw = await openRawAs(server, key);
    await raw.ask();
    const chats = (["polling", "websocket"] as const).map((transport) =>
      connectChat(server, { transport, auth: { token: key } }),
    );
    for (const chat of chats) expect((await chat.join("attack-revoked")).name).toBe("joined");
    await apiKeys.revoke.mutate({ id });
    const ended = performance.now();
    expect((await raw.closed).code).toBe(1008);
    for (const chat of chats) await chat.events.first(({ name }) => name === "disconnect");
    expect(performance.now() - ended).toBeLessThan(1_000);
    for (const attempts of Object.values(routesFor("attack-revoked"))) await expectRefused(key, attempts);
  });
});

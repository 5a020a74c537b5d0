import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { PushMessage, PushResult } from "@pult/api/push/sender.ts";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import webPushLibrary from "web-push";
import { createPushSender } from "./push-sender.ts";
import { startTestServer } from "./test-server.ts";
import { createWebPush, webPushPayload } from "./web-push.ts";

const vapid = { ...webPushLibrary.generateVAPIDKeys(), subject: "mailto:operator@example.com" };
const MESSAGE: PushMessage = {
  title: "Anna",
  body: "Готово 👍",
  data: { conversationId: "7" },
  collapseKey: "c-7",
  ttlSeconds: 60,
};
const NOW = Date.UTC(2026, 10, 21, 10, 0, 0);

function createBrowser() {
  const key = createECDH("prime256v1");
  const publicKey = key.generateKeys();
  const auth = randomBytes(16);
  const keys = { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") };
  /** RFC 8291, written apart from the library that encrypts. */
  const decrypt = (body: Buffer): string => {
    const salt = body.subarray(0, 16);
    const sender = body.subarray(21, 21 + body.readUInt8(20));
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, sender]);
    const secret = Buffer.from(hkdfSync("sha256", key.computeSecret(sender), auth, info, 32));
    const derive = (label: string, length: number) =>
      Buffer.from(hkdfSync("sha256", secret, salt, `Content-Encoding: ${label}\0`, length));
    const decipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
    decipher.setAuthTag(body.subarray(-16));
    const plain = Buffer.concat([decipher.update(body.subarray(21 + sender.length, -16)), decipher.final()]);
    expect(plain.at(-1)).toBe(2);
    return plain.subarray(0, -1).toString("utf8");
  };
  return { keys, decrypt };
}

type Answer = (response: ServerResponse) => void;
const answer =
  (status: number, headers: Record<string, string> = {}, body = ""): Answer =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

/** Answers nothing. */
const SILENCE: Answer = () => {};

async function startPushService(reply: Answer = answer(201)) {
  const seen: { path: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = await startTestServer(async (request, response) => {
    seen.push({ path: request.url ?? "", headers: request.headers, body: await buffer(request) });
    reply(response);
  });
  const browser = createBrowser();
  const timeoutMs = reply === SILENCE ? 300 : 30_000;
  const webPush = createWebPush({ vapid, exemptOrigin: server.origin, timeoutMs, now: () => NOW });
  const subscription = { endpoint: `${server.origin}/push/1`, keys: browser.keys };
  return { seen, server, browser, webPush, subscription, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("createWebPush", () => {
  it("sends what only the browser can read, with VAPID, Topic, TTL and Urgency", async () => {
    await using service = await startPushService();
    const result = await service.webPush.send(service.subscription, MESSAGE);
    expect(result).toEqual({ state: "accepted", providerStatus: 201, reason: null });
    const [push] = service.seen;
    expect(push?.headers).toMatchObject({ ttl: "60", topic: "c-7", urgency: "high", "content-encoding": "aes128gcm" });
    expect(JSON.parse(service.browser.decrypt(push?.body ?? Buffer.alloc(0)))).toEqual({
      title: "Anna",
      body: "Готово 👍",
      data: { conversationId: "7" },
      tag: "c-7",
    });
    const [, token = "", key] = /^vapid t=([^,]+), k=(.+)$/.exec(push?.headers.authorization ?? "") ?? [];
    expect(key).toBe(vapid.publicKey);
    expect(decodeJwt(token)).toMatchObject({ aud: service.server.origin, sub: vapid.subject });
  });

  it("keeps the body of the request within 4,096 bytes by cutting the text", async () => {
    await using service = await startPushService();
    await service.webPush.send(service.subscription, { ...MESSAGE, body: "длинно ".repeat(2000) });
    const body = service.seen[0]?.body ?? Buffer.alloc(0);
    expect(body.length).toBeLessThanOrEqual(4096);
    expect(body.length).toBeGreaterThan(4090);
    expect(JSON.parse(service.browser.decrypt(body)).body).toMatch(/…$/);
  });

  const [ENDED, BAD_JWT] = ["push subscription has unsubscribed or expired.", '{"reason":"BadJwtToken"}'];
  it.each<[string, PushResult["state"], number | null, Answer, object?]>([
    ["200", "accepted", 200, answer(200)],
    ["404", "removed", 404, answer(404)],
    ["410", "removed", 410, answer(410, {}, ENDED), { reason: ENDED }],
    ["413", "failed", 413, answer(413)],
    ["400", "failed", 400, answer(400), { reason: "Web Push answered 400" }],
    ["401", "failed", 401, answer(401)],
    ["403", "failed", 403, answer(403, {}, BAD_JWT), { reason: BAD_JWT }],
    ["a redirect, which it does not follow,", "failed", 307, answer(307, { location: "/elsewhere" })],
    ["429 with seconds", "retry", 429, answer(429, { "retry-after": "9" }), { retryAfterMs: 9000 }],
    [
      "429 with a date",
      "retry",
      429,
      answer(429, { "retry-after": "Sat, 21 Nov 2026 10:02:00 GMT" }),
      { retryAfterMs: 120_000 },
    ],
    ["500", "retry", 500, answer(500), { retryAfterMs: null }],
    ["503", "retry", 503, answer(503, { "retry-after": "1" }), { retryAfterMs: 1000 }],
    ["a cut connection", "retry", null, (response) => response.destroy(), { reason: "Web Push could not be reached" }],
    ["silence", "retry", null, SILENCE, { reason: "Web Push did not answer in time" }],
  ])("sorts %s as %s", async (_, state, providerStatus, reply, more = {}) => {
    await using service = await startPushService(reply);
    const result = await service.webPush.send(service.subscription, MESSAGE);
    expect(result).toMatchObject({ state, providerStatus, ...more });
    expect(service.seen).toHaveLength(1);
  });

  it("reads only the start of an endless answer", async () => {
    await using service = await startPushService((response) => {
      response.writeHead(400);
      const more = () => {
        while (response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    });
    const result = await service.webPush.send(service.subscription, MESSAGE);
    expect(result).toMatchObject({ state: "failed", reason: "x".repeat(300) });
  });

  it.each([
    ["http", "http://push.example/1"],
    ["a loopback address", "https://127.0.0.1:PORT/1"],
    ["a name that resolves inside", "https://localhost:PORT/1"],
    ["an IPv4-mapped address", "https://[::ffff:127.0.0.1]:PORT/1"],
    ["a decimal address", "https://2130706433:PORT/1"],
    ["the metadata service", "https://169.254.169.254/1"],
    ["user info", "https://user@push.example/1"],
    ["another scheme", "file:///etc/passwd"],
    ["a prefix of the exempt origin", "http://127.0.0.1:PORT@push.example/1"],
  ])("refuses an endpoint that is %s, without connecting", async (_, endpoint) => {
    await using service = await startPushService();
    const strict = createWebPush({ vapid, exemptOrigin: `http://127.0.0.1:1` });
    const url = endpoint.replace("PORT", String(service.server.port));
    const result = await strict.send({ ...service.subscription, endpoint: url }, MESSAGE);
    const reason = "The endpoint is not a public https address";
    expect(result).toEqual({ state: "failed", providerStatus: null, reason });
    expect(service.server.connections()).toBe(0);
  });

  it.each([
    ["a short key", { p256dh: "AAAA" }],
    ["a point off the curve", { p256dh: Buffer.alloc(65, 4).toString("base64url") }],
    ["no secret", { auth: "" }],
  ])("fails, and keeps the device, when a subscription has %s", async (_, wrong) => {
    await using service = await startPushService();
    const keys = { ...service.browser.keys, ...wrong };
    const result = await service.webPush.send({ ...service.subscription, keys }, MESSAGE);
    expect(result).toMatchObject({ state: "failed", providerStatus: null });
    expect(service.seen).toHaveLength(0);
  });

  it("fails when the endpoint is not an address at all", async () => {
    const webPush = createWebPush({ vapid });
    const result = await webPush.send({ endpoint: "nonsense", keys: createBrowser().keys }, MESSAGE);
    expect(result).toMatchObject({ state: "failed", reason: "The endpoint is not a public https address" });
  });

  it.each([
    ["public key", { ...vapid, publicKey: "AAAA" }],
    ["private key", { ...vapid, privateKey: "AAAA" }],
    ["subject", { ...vapid, subject: "operator" }],
  ])("refuses to be made with a malformed %s", (_, keys) => {
    expect(() => createWebPush({ vapid: keys })).toThrow();
  });
});

describe("webPushPayload", () => {
  it("answers null when the data alone is too long", () => {
    expect(webPushPayload({ ...MESSAGE, data: { blob: "x".repeat(4000) } })).toBeNull();
  });
});

describe("createPushSender", () => {
  it("routes by provider and shows the VAPID key", async () => {
    await using service = await startPushService();
    const sent: string[] = [];
    const fcm = {
      send: async (token: string) => {
        sent.push(token);
        return { state: "accepted", providerStatus: 200, reason: null } as const;
      },
    };
    const sender = createPushSender({ fcm, webPush: service.webPush });
    expect(sender.vapidPublicKey).toBe(vapid.publicKey);
    expect(await sender.send({ provider: "fcm", token: "t1" }, MESSAGE)).toMatchObject({ providerStatus: 200 });
    expect(await sender.send({ provider: "webpush", subscription: service.subscription }, MESSAGE)).toMatchObject({
      providerStatus: 201,
    });
    expect(sent).toEqual(["t1"]);
  });

  it("fails a device of FCM when FCM is not configured", async () => {
    const sender = createPushSender({ fcm: null, webPush: createWebPush({ vapid }) });
    const result = await sender.send({ provider: "fcm", token: "t1" }, MESSAGE);
    expect(result).toEqual({ state: "failed", providerStatus: null, reason: "FCM is not configured" });
  });
});

import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { PushMessage, PushResult } from "@pult/api/push/sender.ts";
import { importSPKI, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createFcm, fcmPayload } from "./fcm.ts";
import { parseServiceAccount } from "./fcm-account.ts";
import { startTestServer } from "./test-server.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

const MESSAGE: PushMessage = {
  title: "Anna",
  body: "Your order is ready",
  data: { conversationId: "7" },
  collapseKey: "conversation-7",
  ttlSeconds: 3600,
  badge: 3,
};

const FCM_DETAIL = (errorCode: string) => ({
  "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
  errorCode,
});
const VIOLATION = (field: string) => ({
  "@type": "type.googleapis.com/google.rpc.BadRequest",
  fieldViolations: [{ field, description: "no" }],
});
const BAD_TOKEN = "The registration token is not a valid FCM registration token";

interface Seen {
  path: string;
  authorization: string | undefined;
  body: string;
}

type Answer = (response: ServerResponse, seen: Seen) => void;
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
const STATUS = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
};
const refusal = (code: keyof typeof STATUS, message: string, ...details: unknown[]) =>
  json(code, { error: { code, message, status: STATUS[code], details } });
const ACCEPT = json(200, { name: "projects/demo/messages/1" });

/** A Google of two addresses, the answers of `send` in order (the last one repeats); `grant` answers the token endpoint. */
/** Answers nothing. */
const SILENCE: Answer = () => {};

async function startGoogle(sends: Answer[], grant?: Answer) {
  const seen = { grants: [] as Seen[], sends: [] as Seen[] };
  const clock = { nowMs: Date.now() };
  const server = await startTestServer(async (request: IncomingMessage, response) => {
    const { url: path = "", headers } = request;
    const now: Seen = { path, authorization: headers.authorization, body: await text(request) };
    if (now.path === "/token") {
      seen.grants.push(now);
      const access_token = `access-${seen.grants.length}`;
      (grant ?? json(200, { access_token, expires_in: 3600, token_type: "Bearer" }))(response, now);
    } else {
      seen.sends.push(now);
      (sends[Math.min(seen.sends.length, sends.length) - 1] ?? ACCEPT)(response, now);
    }
  });
  const file = { project_id: "demo", client_email: "pult@demo.test", private_key: privateKey, private_key_id: "k1" };
  const account = parseServiceAccount(JSON.stringify({ ...file, token_uri: `${server.origin}/token` }));
  const timeoutMs = sends.includes(SILENCE) || grant === SILENCE ? 300 : 30_000;
  const fcm = createFcm({ account, apiRoot: `${server.origin}/`, timeoutMs, now: () => clock.nowMs });
  return { ...seen, fcm, clock, account, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("createFcm", () => {
  it("posts the message to the project with a bearer token that the key file vouches for", async () => {
    await using google = await startGoogle([ACCEPT]);
    const accepted = { state: "accepted", providerStatus: 200, reason: null };
    expect(await google.fcm.send("device-1", MESSAGE)).toEqual(accepted);
    const [grant] = google.grants;
    const form = new URLSearchParams(grant?.body);
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const assertion = form.get("assertion") ?? "";
    const { payload, protectedHeader } = await jwtVerify(assertion, await importSPKI(publicKey, "RS256"), {
      audience: google.account.token_uri,
      issuer: "pult@demo.test",
    });
    expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" });
    expect(payload).toMatchObject({ scope: "https://www.googleapis.com/auth/firebase.messaging" });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
    const [sent] = google.sends;
    expect(sent).toMatchObject({ path: "/v1/projects/demo/messages:send", authorization: "Bearer access-1" });
    expect(JSON.parse(sent?.body ?? "")).toEqual({
      message: {
        token: "device-1",
        notification: { title: "Anna", body: "Your order is ready" },
        data: { conversationId: "7" },
        android: {
          collapse_key: "conversation-7",
          priority: "high",
          ttl: "3600s",
          notification: {
            tag: "conversation-7",
            channel_id: "messages",
            sound: "default",
            notification_priority: "PRIORITY_HIGH",
            notification_count: 3,
          },
        },
        apns: {
          headers: {
            "apns-push-type": "alert",
            "apns-collapse-id": "conversation-7",
            "apns-priority": "10",
            "apns-expiration": String(Math.floor(google.clock.nowMs / 1000) + 3600),
          },
          payload: { aps: { sound: "default", "mutable-content": 1, badge: 3 } },
        },
      },
    });
  });

  it("shares one access token, also between sends at the same time, until five minutes before it ends", async () => {
    await using google = await startGoogle([ACCEPT]);
    await Promise.all([1, 2, 3, 4].map(() => google.fcm.send("d", MESSAGE)));
    expect(google.grants).toHaveLength(1);
    google.clock.nowMs += 55 * 60_000 - 1;
    await google.fcm.send("d", MESSAGE);
    expect(google.grants).toHaveLength(1);
    google.clock.nowMs += 1;
    await google.fcm.send("d", MESSAGE);
    expect(google.grants).toHaveLength(2);
    expect(google.sends.at(-1)?.authorization).toBe("Bearer access-2");
  });

  it("takes one fresh token after a 401, and only one", async () => {
    const unauthorized = refusal(401, "Request had invalid authentication credentials");
    await using google = await startGoogle([unauthorized, ACCEPT, unauthorized, unauthorized, ACCEPT]);
    expect(await google.fcm.send("d", MESSAGE)).toMatchObject({ state: "accepted" });
    expect(google.sends.map((sent) => sent.authorization)).toEqual(["Bearer access-1", "Bearer access-2"]);
    expect(await google.fcm.send("d", MESSAGE)).toMatchObject({ state: "failed", providerStatus: 401 });
    expect(google.grants).toHaveLength(3);
    expect(google.sends).toHaveLength(4);
  });

  it.each<[string, PushResult["state"], number | null, Answer, object?]>([
    ["UNREGISTERED", "removed", 404, refusal(404, "Requested entity was not found.", FCM_DETAIL("UNREGISTERED"))],
    ["a bad token", "removed", 400, refusal(400, BAD_TOKEN, FCM_DETAIL("INVALID_ARGUMENT"))],
    [
      "a bad token with its field",
      "removed",
      400,
      refusal(400, BAD_TOKEN, FCM_DETAIL("INVALID_ARGUMENT"), VIOLATION("message.token")),
    ],
    ["a bad field", "failed", 400, refusal(400, "Invalid value", VIOLATION("message.data[0].value"))],
    ["a large message", "failed", 400, refusal(400, "Android message is too big", FCM_DETAIL("INVALID_ARGUMENT"))],
    ["another project's token", "failed", 403, refusal(403, "SenderId mismatch", FCM_DETAIL("SENDER_ID_MISMATCH"))],
    ["missing rights", "failed", 403, refusal(403, "Permission denied")],
    ["a wrong address", "failed", 404, (response) => response.writeHead(404).end("<html>Not Found</html>")],
    ["quota with a time", "retry", 429, json(429, { error: {} }, { "retry-after": "7" }), { retryAfterMs: 7000 }],
    [
      "quota without one",
      "retry",
      429,
      refusal(429, "Quota exceeded", FCM_DETAIL("QUOTA_EXCEEDED")),
      { retryAfterMs: 60_000 },
    ],
    ["an internal error", "retry", 500, refusal(500, "Internal", FCM_DETAIL("INTERNAL")), { retryAfterMs: null }],
    ["overload", "retry", 503, json(503, "no object", { "retry-after": "120" }), { retryAfterMs: 120_000 }],
    ["a cut answer", "retry", null, (response) => response.destroy(), { retryAfterMs: null }],
    ["silence", "retry", null, SILENCE, { reason: "FCM did not answer in time" }],
    ["a redirect", "retry", null, (response) => response.writeHead(307, { location: "/token" }).end()],
  ])("sorts %s as %s", async (_, state, providerStatus, answer, more = {}) => {
    await using google = await startGoogle([answer]);
    expect(await google.fcm.send("device-1", MESSAGE)).toMatchObject({ state, providerStatus, ...more });
  });

  const INVALID_GRANT = { error: "invalid_grant", error_description: "Invalid JWT Signature." };
  it.each<[string, PushResult["state"], number | null, Answer, object?]>([
    ["a refused key", "failed", 400, json(400, INVALID_GRANT), { reason: "No access token: Invalid JWT Signature." }],
    ["an overloaded endpoint", "retry", 503, json(503, {}, { "retry-after": "3" }), { retryAfterMs: 3000 }],
    ["an answer without a token", "failed", 200, json(200, { id_token: "x" })],
    ["silence", "retry", null, SILENCE],
  ])("sorts %s at the token endpoint as %s and sends nothing", async (_, state, providerStatus, grant, more = {}) => {
    await using google = await startGoogle([], grant);
    expect(await google.fcm.send("device-1", MESSAGE)).toMatchObject({ state, providerStatus, ...more });
    expect(google.sends).toHaveLength(0);
  });

  it("reports a private key that cannot be read as such", async () => {
    await using google = await startGoogle([]);
    const account = { ...google.account, private_key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" };
    const result = await createFcm({ account, apiRoot: "http://127.0.0.1:1" }).send("d", MESSAGE);
    const reason = expect.stringContaining("private key");
    expect(result).toMatchObject({ state: "failed", providerStatus: null, reason });
  });
});

describe("fcmPayload", () => {
  it("cuts the body so that everything stays within 4,096 bytes, on a code point", () => {
    const payload = fcmPayload({ ...MESSAGE, body: '😀"'.repeat(3000) }, 0);
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    expect(bytes).toBeGreaterThan(4085);
    expect(bytes).toBeLessThanOrEqual(4096);
    expect(payload).toMatchObject({ notification: { body: expect.stringMatching(/^(😀")*(😀)?…$/u) } });
  });

  it("answers null when the data alone is too long", () => {
    expect(fcmPayload({ ...MESSAGE, data: { blob: "x".repeat(5000) } }, 0)).toBeNull();
  });

  it.each([
    [-5, "0s"],
    [1.9, "1s"],
    [9_999_999, "2419200s"],
  ])("bounds a ttl of %d", (ttlSeconds, expected) => {
    expect(fcmPayload({ ...MESSAGE, ttlSeconds }, 0)).toMatchObject({ android: { ttl: expected } });
  });
});

describe("parseServiceAccount", () => {
  it.each([
    ["not json", "is not JSON"],
    ["[]", "everything"],
    [
      '{"project_id":"../x","client_email":"a","private_key":"canary","token_uri":"ftp://x"}',
      "project_id, private_key, token_uri",
    ],
  ])("names what is wrong with %j, never its value", (file, words) => {
    expect(() => parseServiceAccount(file)).toThrow(words);
    expect(() => parseServiceAccount(file)).not.toThrow("canary");
  });
});

import { importPKCS8, SignJWT } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import type { PushDevice } from "../control.ts";
import { startSandbox } from "../sandbox.ts";
import { useSandbox } from "../use-sandbox.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

let now = new Date();
let accessToken: string;
const sandbox = await useSandbox({ now: () => now });
beforeEach(async () => {
  now = new Date();
  accessToken = (await grant({})).body.access_token;
});

interface GrantChange {
  claims?: Record<string, unknown>;
  key?: string;
  grantType?: string;
}

async function grant({ claims = {}, key, grantType }: GrantChange) {
  const { client_email, private_key, private_key_id, token_uri } = sandbox.fcm.serviceAccount;
  const iat = Math.floor(now.getTime() / 1000);
  const jwt = new SignJWT({ iss: client_email, scope: SCOPE, aud: token_uri, iat, exp: iat + 3_600, ...claims });
  jwt.setProtectedHeader({ alg: "RS256", typ: "JWT", kid: private_key_id ?? "" });
  const assertion = await jwt.sign(await importPKCS8(key ?? private_key ?? "", "RS256"));
  const response = await fetch(token_uri ?? "", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: grantType ?? "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion,
    }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

function createDevice(state: "active" | "gone" = "active"): PushDevice & { kind: "fcm" } {
  const device = sandbox.push.createDevice({ kind: "fcm", label: "Phone", userId: "u1", state });
  if (device.kind !== "fcm") throw new Error("expected an FCM device");
  return device;
}

async function send(message: unknown, { token = accessToken, project = "pult-sandbox" } = {}) {
  const response = await fetch(`${sandbox.env.FCM_API_ROOT}/v1/projects/${project}/messages:send`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ message }),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe("the token endpoint", () => {
  test("grants a bearer token for a signed assertion", async () => {
    expect(await grant({})).toEqual({
      status: 200,
      body: { access_token: expect.stringMatching(/^ya29\./), expires_in: 3_599, token_type: "Bearer" },
    });
  });

  test.each([
    ["another audience", { claims: { aud: "https://example.com" } }, "invalid_grant"],
    ["an expired assertion", { claims: { iat: 1_000, exp: 2_000 } }, "invalid_grant"],
    ["a lifetime over an hour", { claims: { exp: Math.floor(Date.now() / 1000) + 9_000 } }, "invalid_grant"],
    ["an unknown account", { claims: { iss: "x@example.com" } }, "invalid_grant"],
    ["another scope", { claims: { scope: "https://www.googleapis.com/auth/drive" } }, "invalid_scope"],
    ["another grant", { grantType: "password" }, "unsupported_grant_type"],
  ])("rejects %s", async (_case, change, error) => {
    expect(await grant(change)).toMatchObject({ status: 400, body: { error } });
  });

  test("rejects an assertion signed by another key", async () => {
    const stranger = await startSandbox();
    const key = stranger.fcm.serviceAccount.private_key ?? "";
    await stranger.close();
    expect(await grant({ key })).toEqual({
      status: 400,
      body: { error: "invalid_grant", error_description: "Invalid JWT Signature." },
    });
  });
});

describe("messages:send", () => {
  test("delivers a message, which a later one of the same collapse key replaces", async () => {
    const device = createDevice();
    const message = {
      token: device.token,
      notification: { title: "Anna", body: "hi" },
      data: { conversationId: "c1" },
      android: { collapse_key: "c1", priority: "high", ttl: "3600s" },
    };
    const answer = await send(message);
    expect(answer.status).toBe(200);
    expect(answer.body.name).toMatch(/^projects\/pult-sandbox\/messages\/\d+$/);
    await send(message);
    expect(sandbox.world().pushes).toMatchObject([
      { title: "Anna", body: "hi", data: { conversationId: "c1" }, collapseKey: "c1", replaced: false, status: 200 },
      { replaced: true },
    ]);
  });

  test("answers 404 with FcmError UNREGISTERED to an unregistered token", async () => {
    const gone = createDevice("gone").token;
    const never = gone.replace("APA91b", "APA91c");
    for (const token of [gone, never]) {
      expect(await send({ token, notification: { title: "x" } })).toMatchObject({
        status: 404,
        body: {
          error: {
            code: 404,
            message: "Requested entity was not found.",
            status: "NOT_FOUND",
            details: [{ "@type": FCM_ERROR, errorCode: "UNREGISTERED" }],
          },
        },
      });
    }
    expect(sandbox.world().pushes).toMatchObject([{ status: 404 }]);
  });

  test("answers 400 with FcmError alone to a malformed token", async () => {
    const answer = await send({ token: "not-a-token", notification: { title: "x" } });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      error: {
        code: 400,
        message: "The registration token is not a valid FCM registration token",
        status: "INVALID_ARGUMENT",
        details: [{ "@type": FCM_ERROR, errorCode: "INVALID_ARGUMENT" }],
      },
    });
  });

  test.each([
    ["a number in data", { data: { n: 5 } }, "message.data.n"],
    ["an unknown field", { notifcation: {} }, "message"],
    ["a ttl without its unit", { android: { ttl: "60" } }, "message.android.ttl"],
    ["a reserved key in data", { data: { from: "me" } }, "message.data"],
  ])("answers 400 with BadRequest field violations to %s", async (_case, members, field) => {
    const { status, body } = await send({ token: createDevice().token, ...members });
    expect(status).toBe(400);
    expect(body.error.status).toBe("INVALID_ARGUMENT");
    expect(body.error.details).toEqual([
      { "@type": BAD_REQUEST, fieldViolations: [{ field, description: expect.any(String) }] },
    ]);
    expect(sandbox.world().pushes).toEqual([]);
  });

  test("rejects a payload over 4096 bytes and accepts one of 4096", async () => {
    const { token } = createDevice();
    const fits = { token, data: { k: "x".repeat(4_096 - '{"k":""}'.length) } };
    expect((await send(fits)).status).toBe(200);
    const answer = await send({ token, data: { k: `${fits.data.k}x` } });
    expect(answer).toMatchObject({ status: 400, body: { error: { message: "Android message is too big" } } });
  });

  test("answers 401 to a wrong, expired or revoked bearer token and 403 for another project", async () => {
    const message = { token: createDevice().token, notification: { title: "x" } };
    // Not the last character, whose lowest bits a decoder ignores.
    const forged = accessToken.replace(/.(?=.$)/, (character) => (character === "A" ? "B" : "A"));
    expect((await send(message, { token: forged })).body.error.status).toBe("UNAUTHENTICATED");
    expect((await send(message, { project: "other" })).body.error.status).toBe("PERMISSION_DENIED");
    now = new Date(now.getTime() + 3_600_000);
    expect((await send(message)).status).toBe(401);
    const { body } = await grant({});
    expect((await send(message, { token: body.access_token })).status).toBe(200);
    sandbox.fcm.expireAccessTokens();
    expect((await send(message, { token: body.access_token })).status).toBe(401);
  });

  test.each([
    [429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "5"],
    [500, "INTERNAL", "INTERNAL", null],
  ] as const)("answers %i when the fault is set", async (pushStatus, status, errorCode, retryAfter) => {
    sandbox.setFaults({ pushStatus });
    const answer = await send({ token: createDevice().token, notification: { title: "x" } });
    expect(answer.status).toBe(pushStatus);
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(answer.body.error).toMatchObject({ status, details: [{ "@type": FCM_ERROR, errorCode }] });
    expect(sandbox.world().pushes).toMatchObject([{ title: "x", status: pushStatus }]);
  });
});

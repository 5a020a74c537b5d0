import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import webpush from "web-push";
import type { PushDevice } from "../control.ts";
import { useSandbox } from "../use-sandbox.ts";

type WebPushDevice = PushDevice & { kind: "webpush" };

const vapid = webpush.generateVAPIDKeys();
const subject = "mailto:operator@example.com";
const sandbox = await useSandbox();

function createDevice(more: { state?: "gone"; applicationServerKey?: string } = {}): WebPushDevice {
  const device = sandbox.push.createDevice({ kind: "webpush", label: "Browser", userId: "u1", ...more });
  if (device.kind !== "webpush") throw new Error("expected a Web Push device");
  return device;
}

type Details = ReturnType<typeof webpush.generateRequestDetails>;

function prepare(device: WebPushDevice, payload: string | undefined, options: webpush.RequestOptions = {}): Details {
  return webpush.generateRequestDetails(device.subscription, payload, {
    vapidDetails: { subject, publicKey: vapid.publicKey, privateKey: vapid.privateKey },
    ...options,
  });
}

async function post({ endpoint, headers, body }: Details, changes: Record<string, string | null> = {}) {
  const sent = new Headers();
  for (const [name, value] of Object.entries({ ...headers, ...changes })) {
    if (value !== null) sent.set(name, String(value));
  }
  sent.delete("content-length");
  const response = await fetch(endpoint, { method: "POST", headers: sent, body: new Uint8Array(body ?? []) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

describe("a push sent by the web-push package", () => {
  test("is decrypted and shown, and answered 201 with a Location", async () => {
    const device = createDevice();
    const payload = JSON.stringify({ title: "New message", body: "Anna: hi", data: { conversationId: "2" } });
    const answer = await post(prepare(device, payload, { TTL: 60, topic: "conv-1", urgency: "high" }));
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toMatch(`${sandbox.origin}/wpush/m/`);
    expect(sandbox.world().pushes).toMatchObject([
      {
        deviceId: device.id,
        kind: "webpush",
        title: "New message",
        body: "Anna: hi",
        data: { conversationId: "2" },
        collapseKey: "conv-1",
        replaced: false,
        status: 201,
      },
    ]);
  });

  test("replaces an earlier push with the same Topic on that device only", async () => {
    const [a, b] = [createDevice(), createDevice()];
    for (const device of [a, b, a]) await post(prepare(device, "x", { topic: "same" }));
    await post(prepare(a, "y", { topic: "other" }));
    expect(sandbox.world().pushes.map(({ deviceId, replaced }) => [deviceId === a.id ? "a" : "b", replaced])).toEqual([
      ["a", false],
      ["a", false],
      ["b", false],
      ["a", true],
    ]);
  });

  test("is accepted without a payload", async () => {
    expect((await post(prepare(createDevice(), undefined))).status).toBe(201);
    expect(sandbox.world().pushes).toMatchObject([{ title: "", body: "" }]);
  });

  test("is accepted and shown as undecryptable when encrypted for another browser", async () => {
    const [mine, other] = [createDevice(), createDevice()];
    const details = { ...prepare(other, "secret"), endpoint: mine.subscription.endpoint };
    expect((await post(details)).status).toBe(201);
    expect(sandbox.world().pushes).toMatchObject([{ deviceId: mine.id, title: "Undecryptable push" }]);
  });
});

describe("rejections", () => {
  test.each([
    ["no TTL", { TTL: null }, 400, 111],
    ["a negative TTL", { TTL: "-1" }, 400, 111],
    ["a Topic over 32 characters", { Topic: "x".repeat(33) }, 400, 113],
    ["an unknown Urgency", { Urgency: "now" }, 400, 114],
    ["the old aesgcm encoding", { "Content-Encoding": "aesgcm" }, 400, 110],
    ["no VAPID", { Authorization: null }, 401, 109],
  ])("rejects a push with %s", async (_case, changes, status, errno) => {
    const answer = await post(prepare(createDevice(), "x"), changes);
    expect(answer).toMatchObject({ status, body: { code: status, errno } });
    expect(sandbox.world().pushes).toEqual([]);
  });

  test("accepts 4096 bytes and answers 413 to 4097", async () => {
    const details = prepare(createDevice(), "x".repeat(3_993));
    expect(details.body?.length).toBe(4_096);
    expect((await post(details)).status).toBe(201);
    const body = Buffer.concat([details.body ?? Buffer.alloc(0), Buffer.from("x")]);
    expect((await post({ ...details, body })).status).toBe(413);
  });

  test("answers 404 for an unknown endpoint and 410 for a device that is gone", async () => {
    const device = createDevice({ state: "gone" });
    const details = prepare(device, "x");
    expect((await post({ ...details, endpoint: `${details.endpoint}x` })).status).toBe(404);
    expect(await post(details)).toMatchObject({ status: 410, body: { errno: 106 } });
    expect(sandbox.world().pushes).toMatchObject([{ status: 410 }]);
  });

  test.each([
    [429, "5"],
    [500, null],
  ] as const)("answers %i when the fault is set", async (pushStatus, retryAfter) => {
    sandbox.setFaults({ pushStatus });
    const answer = await post(prepare(createDevice(), "x"));
    expect(answer.status).toBe(pushStatus);
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(sandbox.world().pushes).toMatchObject([{ body: "x", status: pushStatus }]);
  });
});

describe("VAPID", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const key = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const k = key.toString("base64url");

  async function authorize(claims: Record<string, unknown>): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + 3_600;
    const token = new SignJWT({ aud: sandbox.origin, exp, sub: subject, ...claims });
    return `vapid t=${await token.setProtectedHeader({ typ: "JWT", alg: "ES256" }).sign(privateKey)}, k=${k}`;
  }

  async function postAs(authorization: string, device = createDevice()) {
    return post(prepare(device, "x"), { Authorization: authorization });
  }

  test("accepts valid credentials of any key", async () => {
    expect((await postAs(await authorize({}))).status).toBe(201);
  });

  test.each([
    ["another audience", { aud: "https://push.example" }],
    ["no expiry", { exp: undefined }],
    ["an expiry in the past", { exp: Math.floor(Date.now() / 1000) - 60 }],
    ["an expiry in more than 24 hours", { exp: Math.floor(Date.now() / 1000) + 86_500 }],
    ["no subject", { sub: undefined }],
    ["a subject that is no contact", { sub: "operator" }],
  ])("answers 401 to %s", async (_case, claims) => {
    expect(await postAs(await authorize(claims))).toMatchObject({ status: 401, body: { errno: 109 } });
  });

  test("answers 401 to a token signed by another key than k", async () => {
    const foreign = (await authorize({})).replace(k, vapid.publicKey);
    expect((await postAs(foreign)).status).toBe(401);
  });

  test("answers 403 when the subscription was made for another key", async () => {
    const device = createDevice({ applicationServerKey: vapid.publicKey });
    expect((await postAs(await authorize({}), device)).status).toBe(403);
    expect((await post(prepare(device, "x"))).status).toBe(201);
  });
});

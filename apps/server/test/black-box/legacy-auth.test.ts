import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type CallOptions, call, historyOf, photoForm, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { connectApi } from "../support/trpc-client.ts";

const REFUSED = { success: false, error: "Unauthorized" };

describe.each(mainCell())("Documented routes with LEGACY_AUTH=required on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation(cell);
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  const issueKey = async (scopes: ("support:read" | "support:write" | "notifications:write")[]): Promise<string> => {
    const admin = connectApi(origin, ADMIN_KEY);
    const { key } = await admin.api.auth.apiKeys.create.mutate({ name: "Test", scopes });
    await admin.close();
    return key;
  };

  /** The four documented routes, each asked for the same user. */
  const callAll = (userId: string, options: CallOptions): Promise<Answer[]> =>
    Promise.all([
      sendMessage(origin, { user_id: userId, message: "Hello" }, options),
      call(origin, "/register_device", { ...options, json: { user_id: userId, fcm_token: "t" } }),
      call(origin, `/message_history/${userId}`, options),
      call(origin, `/check_device/${userId}`, options),
    ]);

  const writtenOf = async (userId: string) =>
    (await historyOf(origin, userId, { token: ADMIN_KEY })).filter(({ direction }) => direction === "user");

  test("says which runtime and database serve", async () => {
    const ready = JSON.parse((await call(origin, "/health/ready")).text);
    expect([ready.runtime.split(" ")[0], ready.database]).toEqual([cell.runtime, cell.database]);
  });

  test.concurrent("a bare user_id is refused at every route and leaves nothing", async () => {
    for (const answer of await callAll("route-bare", {})) {
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(REFUSED);
    }
    expect(await writtenOf("route-bare")).toEqual([]);
    const devices = await call(origin, "/check_device/door-bare", { token: ADMIN_KEY });
    expect(devices.body).toMatchObject({ registered: false, device_count: 0 });
  });

  test.concurrent("a stranger's photo is refused before it is stored", async () => {
    const form = photoForm({ user_id: "route-photo", message: "" }, [{ bytes: SAMPLE_PHOTOS.jpeg }]);
    expect((await call(origin, "/send_message", { form })).status).toBe(401);
    const wrong = photoForm({ user_id: "route-photo-2", message: "" }, [{ bytes: SAMPLE_PHOTOS.jpeg }]);
    const token = await mintToken({ sub: "somebody-else" });
    expect((await call(origin, "/send_message", { form: wrong, token })).status).toBe(401);
    expect(installation.uploads()).toEqual([]);
  });

  test.concurrent("one's own token opens all four, in the header as Bearer", async () => {
    const token = await mintToken({ sub: "route-own", aud: "support", name: "Own Name" });
    const answers = await callAll("route-own", { token });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await writtenOf("route-own")).map(({ message }) => message)).toEqual(["Hello"]);
  });

  test.concurrent("another user's token, a wrong secret, another algorithm, an expired one and rubbish are refused", async () => {
    const sub = "route-wrong";
    const tokens = await Promise.all([
      mintToken({ sub: "route-wrong-2" }),
      mintToken({ sub }, { secret: "somebody else's secret, just as long" }),
      mintToken({ sub }, { alg: "HS512" }),
      mintToken({ sub }, { expiresIn: "-1s" }),
      mintToken({ sub }, { expiresIn: "" }),
      mintToken({ sub, aud: "trpc" }),
      mintToken({ sub, userId: "route-wrong-2" }),
      mintToken({}),
    ]);
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ sub, exp: 4_102_444_800 }))}.`;
    const rubbish = [unsigned.replaceAll("=", ""), "x", "a.b.c", `pult_${"x".repeat(43)}`, `ses_${"x".repeat(43)}`];
    for (const token of [...tokens, ...rubbish]) {
      const answers = await callAll(sub, { token });
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
      expect(answers[0]?.body).toEqual(REFUSED);
    }
    expect(await writtenOf(sub)).toEqual([]);
  });

  test.concurrent("userId names the user as sub does, also as a number, and both may agree", async () => {
    for (const claims of [
      { userId: "31415" },
      { userId: 31415 },
      { sub: "31415", userId: "31415" },
      { sub: "31415", aud: ["support", "x"] },
    ]) {
      const { status } = await call(origin, "/check_device/31415", { token: await mintToken(claims) });
      expect(status).toBe(200);
    }
  });

  test.concurrent("an app key speaks for every user within its scope, and only there", async () => {
    const write = await issueKey(["support:write"]);
    const read = await issueKey(["support:read"]);
    const other = await issueKey(["notifications:write"]);
    const bearer = await callAll("route-key", { token: write });
    expect(bearer.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const header = await callAll("route-key", { headers: { "x-api-key": write } });
    expect(header.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const reading = await callAll("route-key", { token: read });
    expect(reading.map(({ status }) => status)).toEqual([401, 401, 200, 200]);
    const elsewhere = await callAll("route-key", { token: other });
    expect(elsewhere.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    const mistyped = `${write.slice(0, -1)}${write.endsWith("0") ? "1" : "0"}`;
    expect((await callAll("route-key", { token: mistyped })).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  test.concurrent.each(["polling", "websocket"] as const)(
    "Socket.IO over %s asks for the same proof",
    async (transport) => {
      const stranger = connectChat(origin, { transport });
      expect(await stranger.join("route-ws")).toEqual({ name: "error", data: { message: "Unauthorized" } });
      const wrong = connectChat(origin, {
        transport,
        auth: { token: await mintToken({ sub: "x" }, { secret: "wrong ".repeat(9) }) },
      });
      expect(await wrong.events.first(({ name }) => name === "refused")).toMatchObject({ data: "Unauthorized" });
      const other = connectChat(origin, { transport, auth: { token: await mintToken({ sub: "route-ws-2" }) } });
      expect(await other.join("route-ws")).toEqual({ name: "error", data: { message: "Unauthorized" } });
      const own = connectChat(origin, { transport, auth: { token: await mintToken({ sub: "route-ws" }) } });
      expect(await own.join("route-ws")).toEqual({ name: "joined", data: { user_id: "route-ws" } });
      const server = connectChat(origin, { transport, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      expect(await server.join("route-ws")).toEqual({ name: "joined", data: { user_id: "route-ws" } });
      await sendMessage(origin, { user_id: "route-ws", message: `Over ${transport}` }, { token: ADMIN_KEY });
      await own.message(`Over ${transport}`);
      await server.message(`Over ${transport}`);
      expect(
        [stranger, wrong, other].flatMap(({ events }) => events.all.filter(({ name }) => name === "new_message")),
      ).toEqual([]);
      for (const chat of [stranger, wrong, other, own, server]) chat.close();
    },
  );

  test.concurrent("who has left hears nothing more", async () => {
    const chat = connectChat(origin, { auth: { token: ADMIN_KEY } });
    await chat.join("route-left");
    await chat.join("route-stayed");
    chat.socket.emit("leave_chat", { user_id: "route-left" });
    // Events of one socket keep their order, so the answer to this one comes after the other was left.
    await chat.join("route-stayed");
    await sendMessage(origin, { user_id: "route-left", message: "Unheard" }, { token: ADMIN_KEY });
    await sendMessage(origin, { user_id: "route-stayed", message: "Heard" }, { token: ADMIN_KEY });
    await chat.message("Heard");
    expect(chat.events.all.filter(({ name }) => name === "new_message")).toHaveLength(1);
    chat.close();
  });
});

describe("Documented routes with LEGACY_AUTH=open", () => {
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({ legacyAuth: "open" });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  test("a bare user_id acts as that customer, and the start says so in one warning", async () => {
    expect((await sendMessage(origin, { user_id: "open-1", message: "Hello" })).status).toBe(200);
    const chat = connectChat(origin);
    expect((await chat.join("open-1")).name).toBe("joined");
    chat.close();
    const warnings = installation.server
      .logs()
      .split("\n")
      .filter((line) => line.includes("LEGACY_AUTH=open"));
    expect(warnings).toHaveLength(1);
  });

  test("what is shown must still be right: a wrong token or another user's is refused", async () => {
    const wrong = await mintToken({ sub: "open-2" }, { secret: "somebody else's secret, just as long" });
    const other = await mintToken({ sub: "open-3" });
    for (const token of [wrong, other, "rubbish"]) {
      const { status, body } = await sendMessage(origin, { user_id: "open-2", message: "Hello" }, { token });
      expect([status, body]).toEqual([401, REFUSED]);
    }
    expect(await historyOf(origin, "open-2")).toHaveLength(1); // the greeting
  });

  test("a bare id is nothing more than a customer: no inbox, no key, no other call of tRPC", async () => {
    const stranger = connectApi(origin, null);
    await expect(stranger.api.support.inbox.query()).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
    await expect(stranger.api.support.history.query({ userId: "open-1" })).rejects.toMatchObject({
      data: { code: "UNAUTHORIZED" },
    });
    await expect(stranger.api.auth.apiKeys.create.mutate({ name: "Mine", scopes: ["*"] })).rejects.toMatchObject({
      data: { code: "UNAUTHORIZED" },
    });
    const customer = connectApi(origin, await mintToken({ sub: "open-1" }));
    await expect(customer.api.support.inbox.query()).rejects.toMatchObject({ data: { code: "FORBIDDEN" } });
    await expect(customer.api.support.history.query({ userId: "open-2" })).rejects.toMatchObject({
      data: { code: "FORBIDDEN" },
    });
    await stranger.close();
    await customer.close();
  });
});

import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { describe, expect, test } from "vitest";
import {
  type Answer,
  type CallOptions,
  call,
  historyOf,
  sendMessage,
  sendPhotos,
  writtenBy,
} from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const REFUSED = { success: false, error: "Unauthorized" };

describe.each(mainCell())("Documented routes with LEGACY_AUTH=required on %s", (_name, cell) => {
  const server = useServer(() => openInstallation(cell));

  const issueKey = async (scopes: ("support:read" | "support:write" | "notifications:write")[]): Promise<string> => {
    return (await callApi(server).auth.apiKeys.create.mutate({ name: "Test", scopes })).key;
  };

  /** The four documented routes, each asked for the same user. */
  const callAll = (userId: string, options: CallOptions): Promise<Answer[]> =>
    Promise.all([
      sendMessage(server, { user_id: userId, message: "Hello" }, options),
      call(server, "/register_device", { ...options, json: { user_id: userId, fcm_token: "t" } }),
      call(server, `/message_history/${userId}`, options),
      call(server, `/check_device/${userId}`, options),
    ]);

  const statusesOf = async (userId: string, options: CallOptions) =>
    (await callAll(userId, options)).map(({ status }) => status);

  test.concurrent("a bare user_id is refused at every route and leaves nothing", async () => {
    for (const answer of await callAll("route-bare", {})) {
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(REFUSED);
    }
    expect(await writtenBy(server, "route-bare", { token: ADMIN_KEY })).toEqual([]);
    const devices = await call(server, "/check_device/route-bare", { token: ADMIN_KEY });
    expect(devices.body).toMatchObject({ registered: false, device_count: 0 });
  });

  test.concurrent("a stranger's photo is refused before it is stored", async () => {
    for (const options of [{}, { token: await mintToken({ sub: "another-user" }) }]) {
      const photos = [{ bytes: SAMPLE_PHOTOS.jpeg }];
      const refused = await sendPhotos(server, { user_id: "route-photo", message: "" }, { photos, ...options });
      expect(refused.status).toBe(401);
    }
    expect(server.uploads()).toEqual([]);
  });

  test.concurrent("one's own token opens all four, in the header as Bearer, and another user's none", async () => {
    const token = await mintToken({ sub: "route-own", aud: "support", name: "Own Name" });
    expect(await statusesOf("route-own", { token })).toEqual([200, 200, 200, 200]);
    expect(await statusesOf("route-other", { token })).toEqual([401, 401, 401, 401]);
    expect(await writtenBy(server, "route-own", { token })).toEqual(["Hello"]);
    expect(await writtenBy(server, "route-other", { token: ADMIN_KEY })).toEqual([]);
  });

  test.concurrent("an app key speaks for every user within its scope, and only there", async () => {
    const write = await issueKey(["support:write"]);
    const read = await issueKey(["support:read"]);
    const other = await issueKey(["notifications:write"]);
    const mistyped = `${write.slice(0, -1)}${write.endsWith("0") ? "1" : "0"}`;
    expect(await statusesOf("route-key", { token: write })).toEqual([200, 200, 200, 200]);
    expect(await statusesOf("route-key", { headers: { "x-api-key": write } })).toEqual([200, 200, 200, 200]);
    expect(await statusesOf("route-key", { token: read })).toEqual([401, 401, 200, 200]);
    expect(await statusesOf("route-key", { token: other })).toEqual([401, 401, 401, 401]);
    expect(await statusesOf("route-key", { token: mistyped })).toEqual([401, 401, 401, 401]);
  });

  test.concurrent.each(["polling", "websocket"] as const)(
    "Socket.IO over %s asks for the same proof",
    async (transport) => {
      const stranger = connectChat(server, { transport });
      expect(await stranger.join("route-ws")).toEqual({ name: "error", data: { message: "Unauthorized" } });
      const wrong = connectChat(server, {
        transport,
        auth: { token: await mintToken({ sub: "x" }, { secret: "wrong ".repeat(9) }) },
      });
      expect(await wrong.events.first(({ name }) => name === "refused")).toMatchObject({ data: "Unauthorized" });
      const other = connectChat(server, { transport, auth: { token: await mintToken({ sub: "route-ws-2" }) } });
      expect(await other.join("route-ws")).toEqual({ name: "error", data: { message: "Unauthorized" } });
      const own = connectChat(server, { transport, auth: { token: await mintToken({ sub: "route-ws" }) } });
      expect(await own.join("route-ws")).toEqual({ name: "joined", data: { user_id: "route-ws" } });
      const shop = connectChat(server, { transport, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      expect(await shop.join("route-ws")).toEqual({ name: "joined", data: { user_id: "route-ws" } });
      await sendMessage(server, { user_id: "route-ws", message: `Over ${transport}` }, { token: ADMIN_KEY });
      await own.message(`Over ${transport}`);
      await shop.message(`Over ${transport}`);
      expect(
        [stranger, wrong, other].flatMap(({ events }) => events.all.filter(({ name }) => name === "new_message")),
      ).toEqual([]);
      for (const chat of [stranger, wrong, other, own, shop]) chat.close();
    },
  );

  test.concurrent("who has left hears nothing more", async () => {
    const chat = connectChat(server, { auth: { token: ADMIN_KEY } });
    await chat.join("route-left");
    await chat.join("route-stayed");
    chat.socket.emit("leave_chat", { user_id: "route-left" });
    // Events of one socket keep their order, so the answer to this one comes after the other was left.
    await chat.join("route-stayed");
    await sendMessage(server, { user_id: "route-left", message: "Unheard" }, { token: ADMIN_KEY });
    await sendMessage(server, { user_id: "route-stayed", message: "Heard" }, { token: ADMIN_KEY });
    await chat.message("Heard");
    expect(chat.events.all.filter(({ name }) => name === "new_message")).toHaveLength(1);
    chat.close();
  });
});

describe("Documented routes with LEGACY_AUTH=open", () => {
  const server = useServer(() => openInstallation({ legacyAuth: "open" }));

  test("a bare user_id acts as that customer, and the start says so in one warning", async () => {
    expect((await sendMessage(server, { user_id: "open-1", message: "Hello" })).status).toBe(200);
    const chat = connectChat(server);
    expect((await chat.join("open-1")).name).toBe("joined");
    chat.close();
    const lines = server.logs().split("\n");
    expect(lines.filter((line) => line.includes("LEGACY_AUTH=open"))).toHaveLength(1);
  });

  test("what is shown must still be right: a wrong token or another user's is refused", async () => {
    const wrong = await mintToken({ sub: "open-2" }, { secret: "somebody else's secret, just as long" });
    const other = await mintToken({ sub: "open-3" });
    for (const token of [wrong, other, "rubbish"]) {
      const { status, body } = await sendMessage(server, { user_id: "open-2", message: "Hello" }, { token });
      expect([status, body]).toEqual([401, REFUSED]);
    }
    expect(await historyOf(server, "open-2")).toHaveLength(1); // the greeting
  });

  test("a bare id is nothing more than a customer: no inbox, no key, no other call of tRPC", async () => {
    const [stranger, customer] = [callApi(server, null), callApi(server, await mintToken({ sub: "open-1" }))];
    const [unauthorized, forbidden] = [{ data: { code: "UNAUTHORIZED" } }, { data: { code: "FORBIDDEN" } }];
    await expect(stranger.support.inbox.query()).rejects.toMatchObject(unauthorized);
    await expect(stranger.support.history.query({ userId: "open-1" })).rejects.toMatchObject(unauthorized);
    const mine = stranger.auth.apiKeys.create.mutate({ name: "Mine", scopes: ["*"] });
    await expect(mine).rejects.toMatchObject(unauthorized);
    await expect(customer.support.inbox.query()).rejects.toMatchObject(forbidden);
    await expect(customer.support.history.query({ userId: "open-2" })).rejects.toMatchObject(forbidden);
  });
});

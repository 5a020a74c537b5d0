import { describe, expect, test } from "vitest";
import { call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { openRawAs, query, stopOf } from "../support/raw-socket.ts";
import { useServer } from "../support/use-server.ts";

const LIMITS = {
  LIMIT_USER_PER_MINUTE: "4",
  LIMIT_IP_PER_MINUTE: "0",
  LIMIT_KEY_PER_MINUTE: "6",
  LIMIT_SIGN_IN_PER_15_MIN: "2",
};

describe("Limits", () => {
  const server = useServer(() => openInstallation({ env: LIMITS }));

  const statusesOf = async (count: number, ask: () => Promise<{ status: number }>) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n++) statuses.push((await ask()).status);
    return statuses;
  };

  test("rejects requests with 429 and Retry-After only for the user over the limit", async () => {
    const token = await mintToken({ sub: "limit-1" });
    const ask = () => sendMessage(server, { user_id: "limit-1", message: "x" }, { token });
    expect(await statusesOf(4, ask)).toEqual([200, 200, 200, 200]);
    const refused = await ask();
    const body = { success: false, error: expect.stringMatching(/try again in \d+ s/) };
    expect([refused.status, refused.body]).toEqual([429, body]);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    const other = await mintToken({ sub: "limit-2" });
    expect((await call(server, "/check_device/limit-2", { token: other })).status).toBe(200);
  });

  test.each([",", "%2C", "%2c"])("a batch over HTTP counts as its elements, parted by %s", async (comma) => {
    const token = await mintToken({ sub: `limit-3-${comma}` });
    const batch = (calls: number) =>
      call(server, `/trpc/${Array(calls).fill("auth.me").join(comma)}?batch=1`, { token });
    const unreadable = await mintToken({ sub: `limit-3-${comma}-unreadable` });
    expect((await call(server, "/trpc/auth.me%2?batch=1", { token: unreadable })).status).toBe(400);
    expect((await batch(4)).status).toBe(200);
    const refused = await batch(1);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(JSON.parse(refused.text)[0].error.data).toMatchObject({ code: "TOO_MANY_REQUESTS", reason: "RATE_LIMITED" });
    expect(JSON.parse((await batch(3)).text)).toHaveLength(3);
  });

  test("messages of a socket count, whatever is in a batch; stopping does not", async () => {
    const raw = await openRawAs(server, await mintToken({ sub: "limit-4" }));
    for (let n = 0; n < 20; n++) raw.send(stopOf(1_000 + n));
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
    const raw = await openRawAs(server, await mintToken({ sub: "limit-8" }));
    for (const text of ["x", "{}", '{"method":"connectionParams","data":null}', '[{"id":1,"method":"none"}]'])
      raw.send(text);
    for (let n = 0; n < 500; n++) raw.send("x");
    expect((await raw.ask()).error?.data.code).toBe("TOO_MANY_REQUESTS");
    const answers = raw.messages.all.filter(({ id }) => id === null).map(({ error }) => error?.data.code);
    expect(answers).toEqual([...Array(4).fill("PARSE_ERROR"), ...Array(500).fill("TOO_MANY_REQUESTS")]);
    raw.socket.close();
  });

  test("joins over Socket.IO count", async () => {
    const chat = connectChat(server, { auth: { token: await mintToken({ sub: "limit-5" }) } });
    for (let n = 0; n < 4; n++) expect((await chat.join("limit-5")).name).toBe("joined");
    const refusal = { name: "error", data: { message: expect.stringContaining("try again") } };
    expect(await chat.join("limit-5")).toMatchObject(refusal);
    chat.close();
  });

  test("whatever is emitted counts: foreign, malformed, unknown and leaving, which is done all the same", async () => {
    const id = "limit-7";
    const token = await mintToken({ sub: id });
    const [chat, other] = [connectChat(server, { auth: { token } }), connectChat(server, { auth: { token } })];
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
    await call(server, "/trpc/support.send", { token, json: { text: "left?", photoIds: [], clientId: "left" } });
    await other.message("left?");
    expect(chat.events.all.filter(({ name }) => name === "new_message")).toEqual([]);
    for (const one of [chat, other]) one.close();
  });

  test("signing in: per address and e-mail, right password or not", async () => {
    const ask = () => call(server, "/trpc/auth.signIn", { json: { email: "unknown@example.com", password: "x" } });
    expect(await statusesOf(3, ask)).toEqual([401, 401, 429]);
  });

  test("a key has its own limit and is not counted as a user", async () => {
    const ask = () => call(server, "/check_device/limit-6", { token: ADMIN_KEY });
    expect(await statusesOf(7, ask)).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  test("0 lifts a limit: 300 calls from one address in one go", async () => {
    const asked = Array.from({ length: 300 }, () => call(server, "/check_device/free-1"));
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([401]));
  });
});

describe("Limits with LEGACY_AUTH=open", () => {
  const server = useServer(() => openInstallation({ legacyAuth: "open", env: { LIMIT_USER_PER_MINUTE: "5" } }));

  test("counts a caller identified only by name across all routes, separately from other callers", async () => {
    const askAll = async (id: string) => {
      const answers = await Promise.all([
        call(server, `/message_history/${id}`),
        call(server, `/check_device/${id}`),
        call(server, "/register_device", { json: { user_id: id, fcm_token: `of ${id}` } }),
        sendMessage(server, { user_id: id, message: "x" }),
      ]);
      return answers.map(({ status }) => status);
    };
    const chat = connectChat(server);
    expect((await chat.join("named")).name).toBe("joined");
    expect(await askAll("named")).toEqual([200, 200, 200, 200]);
    expect(await askAll("named")).toEqual([429, 429, 429, 429]);
    expect((await chat.join("named")).name).toBe("error");
    expect((await chat.join("other")).name).toBe("joined");
    expect(await askAll("other")).toEqual([200, 200, 200, 200]);
    chat.close();
  });
});

describe("Limits of an address", () => {
  const server = useServer(() => openInstallation({ legacyAuth: "open", env: { LIMIT_IP_PER_MINUTE: "5" } }));

  test("counts unknown callers by address, ignores a forged X-Forwarded-For, and exempts health", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) {
      const headers = { "x-forwarded-for": `10.0.0.${n}` };
      const { status } =
        n % 2 === 0
          ? await sendMessage(server, { user_id: `address-${n}`, message: "x" }, { headers })
          : await call(server, `/check_device/address-${n}`, { headers });
      statuses.push(status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await call(server, "/health")).status).toBe(200);
  });
});

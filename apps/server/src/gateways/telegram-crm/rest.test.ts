import { readFileSync } from "node:fs";
import { makeAgent, storeApiKey, unique } from "@pult/api/testing/factories.ts";
import { FakeTelegram } from "@pult/api/testing/fake-telegram.ts";
import { describeOnDatabases, type TestWorld } from "@pult/api/testing/test-deps.ts";
import { telegramChats, telegramSessions } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endServed, type ServedTelegram, serveTelegram } from "./test-serving.ts";

/** What the document's tests name of the libraries that they were written with. */
function printedTests(world: TestWorld) {
  const request = ({ origin }: ServedTelegram) => ({
    get(path: string) {
      const headers: Record<string, string> = {};
      const answer = async () => {
        const response = await fetch(origin + path, { headers });
        return { status: response.status, body: await response.json() };
      };
      const asked = {
        set: (name: string, value: string) => Object.assign(headers, { [name]: value }) && asked,
        // biome-ignore lint/suspicious/noThenProperty: the document awaits the request itself
        then: (...given: Parameters<Promise<unknown>["then"]>) => answer().then(...given),
      };
      return asked;
    },
  });
  const names = {
    ...{ describe, it, expect, request, beforeAll: beforeEach },
    createTestApp: () => serveTelegram(world.deps),
    getTestUserAuthToken: () => world.mintToken(unique("user")),
  };
  const text = readFileSync(new URL("transcripts/integration-tests.ts.txt", import.meta.url), "utf8");
  new Function(...Object.keys(names), text)(...Object.values(names));
}

interface Asked {
  method?: string;
  token?: string | null;
  json?: unknown;
  raw?: string;
  headers?: Record<string, string>;
}

describeOnDatabases("Telegram CRM REST", (world) => {
  let telegram: FakeTelegram;
  let served: ServedTelegram;
  let userToken: string;
  beforeEach(async () => {
    telegram = new FakeTelegram();
    world.deps.mtproto.clients = telegram;
    served = await serveTelegram(world.deps);
    userToken = await world.mintToken(unique("user"));
  });

  afterEach(endServed);
  printedTests(world);

  async function ask(path: string, { method, token = userToken, json, raw, headers = {} }: Asked = {}) {
    const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
    const response = await fetch(`${served.origin}/api/telegram/${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
  }
  const refused = async (path: string, asked: Asked = {}) => {
    const { status, body } = await ask(path, asked);
    return [status, body.error.code, body.error.details];
  };

  /** An account with a chat. */
  async function link(token = userToken, phoneNumber = "10000000001") {
    telegram.addUser({ phoneNumber, firstName: "Anna" });
    const { sessionId } = (await ask("auth/init", { token, json: {} })).body;
    await ask("auth/request-code", { token, json: { sessionId, phoneNumber } });
    await ask("auth/sign-in", { token, json: { sessionId, code: "12345" } });
    const [session] = await world.deps.db.select().from(telegramSessions).where(eq(telegramSessions.id, sessionId));
    const storeId = session?.storeId ?? "";
    const createdAt = world.deps.now();
    await world.deps.db
      .insert(telegramChats)
      .values({ id: `${storeId}/-5`, storeId, chatId: -5, type: "group", title: "G", createdAt, updatedAt: createdAt });
    return sessionId as string;
  }

  it("links an account step by step, with the bare objects of the contract", async () => {
    telegram.addUser({ phoneNumber: "10000000001", firstName: "Anna", password: "horse" });
    const begun = await ask("auth/init", { json: {} });
    const { sessionId } = begun.body;
    expect([begun.status, begun.body]).toEqual([201, { sessionId, status: "INITIALIZED" }]);
    const asked = await ask("auth/request-code", { json: { sessionId, phoneNumber: "+1 (000) 000-0001" } });
    expect([asked.status, asked.body]).toEqual([
      200,
      { sessionId, phoneCodeHash: expect.any(String), timeout: 120, status: "CODE_REQUESTED" },
    ]);
    expect(await refused("auth/sign-in", { json: { sessionId, code: "0" } })).toEqual([
      400,
      "PHONE_CODE_INVALID",
      { code: "wrong; try again" },
    ]);
    const entered = await ask("auth/sign-in", { json: { sessionId, phoneCode: 12345 } });
    expect(entered.status).toBe(400);
    expect((await ask("auth/sign-in", { json: { sessionId, phoneCode: "12345" } })).body).toEqual({
      sessionId,
      status: "PASSWORD_REQUIRED",
      hint: "As always, Anna",
    });
    expect(await refused("auth/sign-in", { json: { sessionId, code: "12345" } })).toEqual([
      409,
      "CONFLICT",
      { status: "PASSWORD_REQUIRED" },
    ]);
    const done = await ask("auth/password", { json: { sessionId, password: "horse" } });
    expect(done.body).toMatchObject({ sessionId, status: "AUTHORIZED", user: { isSelf: true, firstName: "Anna" } });
    const { body } = await ask(`sessions/${sessionId}`);
    expect(body.data).toMatchObject({ id: sessionId, accountId: sessionId, isDefault: true, isShared: false });
    expect(JSON.stringify(body)).not.toContain("10000000001");
    expect((await ask("sessions")).body).toMatchObject({
      data: [{ id: sessionId }],
      pagination: { hasMore: false, totalCount: 1 },
    });
    expect((await ask(`sessions/${sessionId}?purge=1`, { method: "DELETE" })).status).toBe(204);
    expect(await refused(`sessions/${sessionId}`)).toEqual([404, "NOT_FOUND", undefined]);
  });

  it("ties a chat to a record once, and unties it by key or id", async () => {
    await link();
    const path = "chats/-5/associations";
    const key = { crmEntityType: "deal", crmEntityId: "11111111-1111-1111-1111-111111111111" };
    const tied = await ask(path, { json: key });
    expect([tied.status, tied.body.data]).toMatchObject([201, { ...key, chatId: "-5", entity: null }]);
    expect(await ask(path, { json: key })).toMatchObject({ status: 200, body: { data: { id: tied.body.data.id } } });
    expect((await ask(path)).body).toEqual({ data: [tied.body.data], pagination: { hasMore: false, totalCount: 1 } });
    const inQuery = `${path}?crmEntityType=deal&crmEntityId=${key.crmEntityId}`;
    expect((await ask(inQuery, { method: "DELETE" })).status).toBe(204);
    expect((await refused(inQuery, { method: "DELETE" }))[0]).toBe(404);
    const again = (await ask(path, { json: key })).body.data.id;
    expect((await ask(path, { method: "DELETE", json: key })).status).toBe(204);
    expect((await refused(`${path}/${again}`, { method: "DELETE" }))[0]).toBe(404);
    expect((await refused(path, { method: "DELETE", json: {} }))[0]).toBe(400);
    expect((await refused("chats/-6/associations", { json: key }))[0]).toBe(404);
  });

  it.each<[string, Asked, number, string, object?]>([
    ["nothing", {}, 404, "NOT_FOUND"],
    ["sessions", { method: "PUT" }, 404, "NOT_FOUND"],
    ["sessions", { token: "x" }, 401, "UNAUTHORIZED"],
    ["sessions?limit=0", {}, 400, "VALIDATION_ERROR", { limit: expect.any(String) }],
    ["sessions?limit=ten", {}, 400, "VALIDATION_ERROR", { limit: expect.any(String) }],
    ["sessions?offsetId=x", {}, 400, "VALIDATION_ERROR", { offsetId: expect.any(String) }],
    ["chats/0/messages", {}, 400, "VALIDATION_ERROR", { id: expect.any(String) }],
    ["chats/5/messages?offsetId=-1", {}, 400, "VALIDATION_ERROR", { offsetId: expect.any(String) }],
    ["chats/5", {}, 404, "NOT_FOUND"],
    ["auth/init", { raw: "{" }, 400, "VALIDATION_ERROR", { body: expect.any(String) }],
    ["auth/init", { json: [] }, 400, "VALIDATION_ERROR", { body: expect.any(String) }],
    ["auth/init", { json: { apiId: 1 } }, 400, "VALIDATION_ERROR", { apiHash: expect.any(String) }],
    ["auth/init", { raw: `{"a":"${"x".repeat(1_048_576)}"}` }, 413, "PAYLOAD_TOO_LARGE"],
    [
      "auth/request-code",
      { json: {} },
      400,
      "VALIDATION_ERROR",
      { sessionId: expect.any(String), phoneNumber: expect.any(String) },
    ],
  ])("refuses what is wrong: %s (%#)", async (path, asked, status, code, details) => {
    expect(await refused(path, asked)).toEqual([status, code, details]);
  });

  it("asks for the scope before it looks at the request, and for the limit before the scope", async () => {
    const reader = (await storeApiKey(world.deps, { scopes: ["chats:read"] })).key;
    expect((await refused("auth/init", { token: reader, raw: "{" })).slice(0, 2)).toEqual([403, "FORBIDDEN"]);
    expect((await ask("sessions", { token: null, headers: { "x-api-key": reader } })).status).toBe(200);
    served.exhaust();
    const limited = await ask("auth/init", { token: reader, json: {} });
    expect([limited.status, limited.headers.get("retry-after"), limited.body.error.details]).toEqual([
      429,
      "9",
      { waitSeconds: 9, source: "pult" },
    ]);
    expect((await refused("sessions", { token: "x" }))[0]).toBe(401);
  });

  it("shows a shared account to its role, and to no other what is not theirs", async () => {
    const accountId = await link();
    const agent = await makeAgent(world.deps, { role: "Moderator" });
    const { token } = await world.openSession(agent.personId);
    const asAgent = { token };
    expect((await refused(`sessions/${accountId}`, asAgent))[0]).toBe(404);
    await world
      .as(await world.actorOf(userToken, "chats"))
      .chats.accounts.share({ accountId, role: "Moderator", access: "read" });
    expect((await ask(`sessions/${accountId}`, asAgent)).body.data).toMatchObject({ isDefault: false, isShared: true });
    expect((await ask("chats", asAgent)).body.pagination.totalCount).toBe(0);
    const key = { crmEntityType: "deal", crmEntityId: crypto.randomUUID() };
    const path = `chats/-5/associations?accountId=${accountId}`;
    expect((await refused(path, { ...asAgent, json: key })).slice(0, 2)).toEqual([403, "FORBIDDEN"]);
    expect((await ask(path, asAgent)).status).toBe(200);
    expect((await refused(`sessions/${accountId}`, { ...asAgent, method: "DELETE" }))[0]).toBe(403);
  });

  it("says of an expired account that it has to be linked again, and goes on with its associations", async () => {
    const accountId = await link();
    await world.deps.db.update(telegramSessions).set({ status: "EXPIRED" });
    for (const path of ["chats", "chats/-5", "chats/-5/messages", "contacts"])
      expect(await refused(path)).toEqual([401, "AUTH_EXPIRED", { requiresReauth: true, accountId }]);
    expect((await ask("chats/-5/associations")).status).toBe(200);
    expect((await ask(`sessions/${accountId}`)).body.data.status).toBe("EXPIRED");
  });

  it("lets a server name one of several accounts, and link one for a user", async () => {
    const { key: token } = await storeApiKey(world.deps, { scopes: ["chats:write"] });
    await link();
    expect((await ask("chats/-5/associations", { token })).status).toBe(200);
    await link(await world.mintToken(unique("user")), "10000000002");
    expect(await refused("chats/-5/associations", { token })).toEqual([
      400,
      "VALIDATION_ERROR",
      { accountId: expect.any(String) },
    ]);
    const ownerId = unique("user");
    const { sessionId } = (await ask("auth/init", { token, json: { ownerId } })).body;
    expect((await ask(`sessions/${sessionId}`, { token: await world.mintToken(ownerId) })).status).toBe(200);
  });

  it("gives every answer an id, which its log line carries, and forbids shared caches", async () => {
    const answer = await ask("sessions?limit=5", { headers: { "x-request-id": "abc-1" } });
    expect([answer.headers.get("x-request-id"), answer.headers.get("cache-control")]).toEqual([
      "abc-1",
      "private, no-store",
    ]);
    const own = await ask("nothing", { headers: { "x-request-id": "a b" } });
    expect(own.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
    const line = world.deps.log.lines.find(({ fields }) => (fields as { requestId?: string }).requestId === "abc-1");
    expect(line?.fields).toEqual({
      requestId: "abc-1",
      userId: expect.stringMatching(/^app:user/),
      accountId: null,
      method: "GET",
      path: "/api/telegram/sessions",
      status: 200,
      ms: expect.any(Number),
    });
  });

  it("is open to the browsers of allowed origins alone", async () => {
    const origin = "https://crm.example.com";
    const preflight = await fetch(`${served.origin}/api/telegram/sessions`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "DELETE" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST, PATCH, DELETE");
    const foreign = await refused("auth/init", { json: {}, headers: { origin: "https://evil.example.com" } });
    expect(foreign.slice(0, 2)).toEqual([403, "FORBIDDEN"]);
  });
});

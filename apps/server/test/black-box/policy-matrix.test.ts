import { actorOfToken } from "@pult/api/auth/actors.ts";
import { isStaff } from "@pult/api/auth/permissions.ts";
import { kindOfToken } from "@pult/api/auth/tokens.ts";
import { callerOf } from "@pult/api/testing/factories.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { createTestDeps, TestClock } from "@pult/api/testing/test-deps.ts";
import type { Database } from "@pult/db/database.ts";
import { openTestDatabase } from "@pult/db/testing.ts";
import { io } from "socket.io-client";
import { afterAll, describe, expect, test } from "vitest";
import { type EndpointPolicy, isAllowed } from "../../src/authorize.ts";
import { MAX_BATCH } from "../../src/gateways/trpc/messages.ts";
import { type Caller, seedCallers } from "../support/callers.ts";
import { call, sendPhotos } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, JWT_SECRET, openInstallation } from "../support/installation.ts";
import type { Mailbox } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import {
  listEndpoints,
  listMessages,
  listProcedures,
  type Outcome,
  outcomeFor,
  outcomeOf,
  type Procedure,
} from "../support/policy-matrix.ts";
import { type Message, openRaw, openRawAs } from "../support/raw-socket.ts";
import { openTrading } from "../support/trading-socket.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const PROCEDURES = listProcedures();
const WEBHOOK_SECRET = "a-secret-for-the-webhook";
const ENDPOINTS = listEndpoints();
const MESSAGES = listMessages();
let denials = 0;
const without = PROCEDURES.filter(({ policy }) => policy === undefined).length;

afterAll(() => {
  process.stdout.write(
    `Policy matrix: ${PROCEDURES.length} procedures, ${ENDPOINTS.length} routes, ${MESSAGES.length} messages, ${denials} denials, ${without} without a policy\n`,
  );
});

/** Every outcome at once, so that a failure names each procedure that is wrong. */
function compare(
  caller: Caller,
  procedures: readonly Procedure[],
  came: ReadonlyMap<string, Outcome | undefined>,
): void {
  const expected = Object.fromEntries(procedures.map((one) => [one.path, outcomeFor(one, caller)]));
  const actual = Object.fromEntries(
    procedures.map(({ path }) => {
      const outcome = came.get(path);
      return [path, expected[path] === "let in" && outcome === "BAD_REQUEST" ? "let in" : outcome];
    }),
  );
  expect({ [caller.name]: actual }).toEqual({ [caller.name]: expected });
  denials += Object.values(expected).filter((outcome) => outcome === "UNAUTHORIZED" || outcome === "FORBIDDEN").length;
}

const TELEGRAM_EVENTS = ["typing", "read"];

/** What is asked over raw sockets, once the caller is known. */
const SOCKET_MESSAGES: { gateway: string; message: { type?: string; action?: string; [field: string]: unknown } }[] = [
  { gateway: "notifications", message: { type: "authenticate", token: "x", userId: "x" } },
  { gateway: "notifications", message: { type: "subscribe", eventTypes: ["comments"] } },
  { gateway: "notifications", message: { type: "unsubscribe", eventTypes: ["comments"] } },
  { gateway: "notifications", message: { type: "get_subscriptions" } },
  { gateway: "notifications", message: { type: "test_connection" } },
  { gateway: "notifications", message: { type: "heartbeat" } },
  { gateway: "miniApp", message: { type: "ping" } },
  { gateway: "miniApp", message: { type: "history" } },
  { gateway: "miniApp", message: { action: "broadcast", text: "matrix", thread_id: 4_040 } },
  { gateway: "miniApp", message: { action: "pin", data: { messageId: 4_040 } } },
  { gateway: "trading", message: { type: "JOIN_ENVIRONMENT" } },
  { gateway: "trading", message: { type: "VIRTUAL_TRADE" } },
  { gateway: "trading", message: { type: "CHAT_MESSAGE" } },
  { gateway: "trading", message: { type: "VOICE_SESSION_START" } },
  { gateway: "trading", message: { type: "SUBSCRIBE_PRICE" } },
  { gateway: "trading", message: { type: "SUBSCRIBE_REWARDS" } },
  { gateway: "trading", message: { type: "HEARTBEAT" } },
];

describe("Policies", () => {
  test("every procedure declares one, and takes something that can be wrong", () => {
    expect(PROCEDURES.length).toBeGreaterThan(30);
    expect(PROCEDURES.filter(({ policy }) => !policy).map(({ path }) => path)).toEqual([]);
    const loose = PROCEDURES.filter(({ type, hasInput }) => type === "mutation" && !hasInput);
    expect(loose.map(({ path }) => path)).toEqual([]);
    const takesAll = PROCEDURES.filter(({ hasInput, badInput }) => hasInput && badInput === undefined);
    expect(takesAll.map(({ path }) => path)).toEqual([]);
  });

  test("hold for callers in this process", async () => {
    const database = await openTestDatabase("pglite");
    const clock = new TestClock();
    clock.set(new Date().toISOString());
    const config = { jwtSecret: new TextEncoder().encode(JWT_SECRET), adminKey: ADMIN_KEY };
    const deps = createTestDeps(database, { clock, config });
    try {
      for (const caller of await seedCallers(database.db)) {
        const known =
          caller.token === null ? caller.actor : await actorOfToken(deps, caller.token, "trpc").catch(() => null);
        expect([caller.name, known?.kind]).toEqual([caller.name, caller.actor?.kind]);
        if (!known) continue;
        const came = new Map<string, Outcome>();
        for (const procedure of PROCEDURES) came.set(procedure.path, await callHere(callerOf(deps, known), procedure));
        compare(caller, PROCEDURES, came);
      }
    } finally {
      deps.feeds.close();
      await database.close();
    }
  });
});

async function callHere(api: unknown, { path, badInput, hasInput }: Procedure): Promise<Outcome> {
  const procedure = path.split(".").reduce((at, part) => (at as Record<string, unknown>)[part], api);
  try {
    const answer = await (procedure as (input: unknown) => Promise<unknown>)(hasInput ? badInput : undefined);
    if (isIterable(answer)) await answer[Symbol.asyncIterator]().return?.();
    return "let in";
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    return outcomeOf(typeof cause?.code === "string" ? cause.code : code);
  }
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

describe.each(mainCell())("Policies on %s", (_name, cell) => {
  let callers: Caller[] = [];
  const seed = async (db: Database) => {
    callers = await seedCallers(db);
  };
  const env = { TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const server = useServer(() => openInstallation({ ...cell, env, seed }), expectHealthy);

  const headersOf = ({ token }: Caller): Record<string, string> =>
    token === null ? {} : { authorization: `Bearer ${token}` };

  test("hold over HTTP", async () => {
    for (const caller of callers) {
      const came = new Map<string, Outcome>();
      for (const type of ["query", "mutation"] as const) {
        const procedures = PROCEDURES.filter((one) => one.type === type);
        const codes = await callBatch(procedures, { type, headers: headersOf(caller) });
        for (const [at, { path }] of procedures.entries()) came.set(path, outcomeOf(codes[at]));
      }
      const streams = PROCEDURES.filter(({ type }) => type === "subscription");
      const refused = await Promise.all(streams.map((one) => followOverHttp(one, headersOf(caller))));
      for (const [at, { path }] of streams.entries()) came.set(path, refused[at] ?? "let in");
      compare(caller, PROCEDURES, came);
    }
  });

  /** @returns the code of each one's error */
  async function callBatch(
    procedures: readonly Procedure[],
    { type, headers }: { type: "query" | "mutation"; headers: Record<string, string> },
  ): Promise<(string | undefined)[]> {
    const path = `/trpc/${procedures.map((one) => one.path).join(",")}?batch=1`;
    const input = Object.fromEntries(
      procedures.map(({ badInput, hasInput }, at) => [at, hasInput ? badInput : undefined]),
    );
    const answer =
      type === "mutation"
        ? await call(server, path, { json: input, headers })
        : await call(server, `${path}&input=${encodeURIComponent(JSON.stringify(input))}`, { headers });
    const answers = JSON.parse(answer.text) as { error?: { data: { code: string } } }[];
    expect(answers).toHaveLength(procedures.length);
    return answers.map(({ error }) => error?.data.code);
  }

  /** Subscriptions need a socket: over HTTP, a caller with access is told so. */
  async function followOverHttp({ path }: Procedure, headers: Record<string, string>): Promise<Outcome> {
    const { text } = await call(server, `/trpc/${path}`, { headers });
    return outcomeOf(JSON.parse(text).error?.data.code);
  }

  test("hold over WebSocket", async () => {
    for (const caller of callers) {
      const raw = caller.token === null ? await openRaw(server) : await openRawAs(server, caller.token);
      const messages = PROCEDURES.map((one, id) => toMessage(one, id));
      for (let from = 0; from < messages.length; from += MAX_BATCH) raw.send(messages.slice(from, from + MAX_BATCH));
      if (caller.actor === null) {
        expect((await raw.messages.first(({ error }) => error !== undefined)).error?.data.code).toBe("UNAUTHORIZED");
        expect([caller.name, (await raw.closed).code]).toEqual([caller.name, 1008]);
        denials += 1;
        continue;
      }
      await raw.messages.until(
        (all) => PROCEDURES.every((_one, id) => all.some((message) => isAnswer(message, id))) || undefined,
      );
      const came = new Map(
        PROCEDURES.map(({ path }, id) => {
          const error = raw.messages.all.find((message) => message.id === id && message.error)?.error;
          return [path, outcomeOf(error?.data.code)];
        }),
      );
      compare(caller, PROCEDURES, came);
      raw.socket.close();
    }
  });

  const toMessage = ({ path, type, badInput, hasInput }: Procedure, id: number) => ({
    id,
    method: type,
    params: { path, ...(hasInput ? { input: badInput } : {}) },
  });
  const isAnswer = ({ id, error, result }: Message, wanted: number): boolean =>
    id === wanted &&
    (error !== undefined || result?.type === "data" || (result !== undefined && result.type !== "started"));

  describe.each(ENDPOINTS)("$name", ({ route }) => {
    const { policy } = route;
    const method = route.methods === "any" ? "GET" : (route.methods[0] ?? "GET");

    const request = (caller: Caller, query: string) => {
      const { actor } = caller;
      const own = actor?.kind === "customer" ? actor.externalId : "matrix-any";
      const path = route.path.replace(":user_id", own).replace(":file", "none.png").replace("/*", "/");
      const json = method === "POST" ? { json: { user_id: own } } : {};
      return call(server, path + query, { method, ...json, headers: headersOf(caller) });
    };
    const statusesOf = async (query: string) => {
      const answers = await Promise.all(
        callers.map(async (one) => [one.name, (await request(one, query)).status] as const),
      );
      return Object.fromEntries(answers);
    };

    test("lets in the callers its policy names, and no others", async () => {
      const statuses = await statusesOf(policy.kind === "handshake" ? "?EIO=4&transport=polling" : "");
      if (policy.kind === "public" || policy.kind === "handshake" || policy.kind === "delegated") {
        for (const { name: caller, actor } of callers) {
          // Behind a delegated route each procedure decides; a token must be valid all the same.
          const refused = policy.kind === "delegated" && actor === null ? [403] : [401, 403];
          expect({ [caller]: refused.includes(statuses[caller] ?? 0) }).toEqual({ [caller]: false });
        }
      } else if (policy.kind === "secret") {
        expect(statuses).toEqual(Object.fromEntries(callers.map((one) => [one.name, 401])));
        denials += callers.length;
      } else {
        for (const caller of callers) {
          const allowed = caller.actor !== null && isAllowed(policy, caller.actor, "required");
          const refusal =
            caller.actor === null || caller.actor.kind === "anonymous" || policy.kind === "documented" ? 401 : 403;
          const status = statuses[caller.name] ?? 0;
          const verdict = [401, 403].includes(status) ? status : "let in";
          expect({ [caller.name]: verdict }).toEqual({ [caller.name]: allowed ? "let in" : refusal });
          if (!allowed) denials += 1;
        }
      }
    });
  });

  test("the sandbox has no page and no controls while it does not run", async () => {
    for (const path of ["/sandbox", "/sandbox/", "/sandbox/x", "/sandbox/api", "/sandbox/api/world"])
      expect([path, (await call(server, path, { token: ADMIN_KEY })).status]).toEqual([path, 404]);
  });

  test("the webhook opens to its secret, a file to its link", async () => {
    const headers = { "x-telegram-bot-api-secret-token": WEBHOOK_SECRET };
    expect((await call(server, "/api/webhooks/telegram", { json: {}, headers })).status).toBe(400);
    const photo = { photos: [{ bytes: SAMPLE_PHOTOS.png }], token: ADMIN_KEY };
    const { body } = await sendPhotos(server, { user_id: "matrix-link", message: "" }, photo);
    expect((await fetch(server.origin + (body.photo_url ?? ""))).status).toBe(200);
  });

  test("upgrades reject invalid tokens and unknown paths", async () => {
    for (const caller of callers) {
      const opened = await openRaw(server, { headers: headersOf(caller) }).catch((error: Error) => error);
      if (caller.actor === null) {
        expect([caller.name, String(opened)]).toEqual([caller.name, "Error: refused with 401"]);
        denials += 1;
      } else if (opened instanceof Error) throw opened;
      else opened.socket.close();
    }
    for (const path of ["/", "/wsx", "/trpc/auth.me", "/socket.iox"])
      await expect(openRaw(server, { path })).rejects.toThrow("refused with 404");
  });

  test("events of Socket.IO", async () => {
    expect(MESSAGES.map(([gateway, message]) => `${gateway}: ${message}`)).toEqual([
      "support: join_chat",
      "support: leave_chat",
      ...TELEGRAM_EVENTS.map((event) => `telegramCrm: ${event}`),
      ...SOCKET_MESSAGES.map(({ gateway, message }) => `${gateway}: ${message.type ?? message.action}`),
    ]);
    const joining = MESSAGES[0]?.[2] as EndpointPolicy;
    for (const caller of callers) {
      const chat = connectChat(server, { auth: caller.token === null ? {} : { token: caller.token } });
      if (caller.actor === null) {
        expect([caller.name, await chat.events.first(() => true)]).toMatchObject([
          caller.name,
          { data: "Unauthorized" },
        ]);
        denials += MESSAGES.length;
      } else {
        const own = caller.actor.kind === "customer" ? caller.actor.externalId : "matrix-any";
        const allowed = isAllowed(joining, caller.actor, "required");
        const refusal = { name: "error", data: { message: "Unauthorized" } };
        expect([caller.name, await chat.join(own)]).toEqual([
          caller.name,
          allowed ? { name: "joined", data: { user_id: own } } : refusal,
        ]);
        if (!allowed) denials += 1;
        chat.socket.emit("leave_chat", { user_id: own });
        chat.socket.emit("error", { user_id: own });
        const unknown = (one: (typeof chat.events.all)[number]) =>
          one.name === "error" && one.data.message === "Unknown event";
        await chat.events.first(unknown);
      }
      chat.close();
    }
  });

  test("events of the Telegram CRM protocol", async () => {
    for (const caller of callers) {
      const { actor, token, name } = caller;
      const auth = token === null ? {} : { token };
      const options = { path: "/api/telegram/socket", transports: ["websocket"], reconnection: false, forceNew: true };
      const socket = io(server.origin, { ...options, auth });
      const refusal = await new Promise<string | null>((resolve) => {
        socket.once("connect", () => resolve(null));
        socket.once("connect_error", ({ message }) => resolve(message));
      });
      const listens = { kind: "customerOrStaff", scope: "chats:read" } as const;
      const mayListen = actor !== null && isAllowed(listens, actor, "required");
      expect([name, refusal]).toEqual([name, mayListen ? null : "Authentication error"]);
      if (!mayListen) denials += TELEGRAM_EVENTS.length;
      for (const event of mayListen ? TELEGRAM_EVENTS : []) {
        const policy = MESSAGES.find(([gateway, message]) => gateway === "telegramCrm" && message === event)?.[2];
        const allowed = policy !== undefined && actor !== null && isAllowed(policy, actor, "required");
        const { error } = await socket.timeout(5_000).emitWithAck(event, {});
        expect([name, event, error.code]).toEqual([name, event, allowed ? "VALIDATION_ERROR" : "FORBIDDEN"]);
        if (!allowed) denials += 1;
      }
      socket.disconnect();
    }
  });

  test("messages of the notification protocol", async () => {
    for (const { name, token, actor } of callers) {
      const raw = await openRaw(server, { path: "/ws/notifications" });
      const told = raw.messages as unknown as Mailbox<{ type: string; message?: string }>;
      const userId = actor?.kind === "agent" ? actor.personId : actor?.kind === "customer" ? actor.externalId : "any";
      raw.send({ type: "authenticate", token: token ?? "none", userId });
      // The operator's own server vouches for whom it names; a session of ours needs a role.
      const isNamed = kindOfToken(token ?? "") === "jwt" || /^Mini App (Admin|Moderator)$/.test(name);
      const mayRead = actor !== null && (actor.kind === "customer" ? isNamed : isStaff(actor, "notifications:read"));
      expect([name, (await told.first(() => true)).type]).toEqual([name, mayRead ? "auth_success" : "auth_failed"]);
      if (!mayRead) denials += 1;
      raw.socket.close();
    }
  });

  test("messages of the Mini App protocol", async () => {
    for (const { name, token, actor } of callers.filter((one) => one.token !== null)) {
      const userId = actor?.kind === "customer" ? actor.externalId : "4711";
      const opened = await openRaw(server, {
        path: `/ws?user_id=${userId}`,
        headers: { authorization: `Bearer ${token}` },
      }).catch((error: Error) => error);
      const isOwn = actor?.kind === "customer" && /^\d+$/.test(userId);
      const mayOpen = isOwn || (actor !== null && isStaff(actor, "notifications:read"));
      if (!mayOpen) {
        expect([name, String(opened)]).toEqual([name, expect.stringMatching(/refused with 40[01]/)]);
        denials += 1;
        continue;
      }
      if (opened instanceof Error) throw opened;
      const told = opened.messages as unknown as Mailbox<{ type: string; message?: string }>;
      opened.send({ action: "broadcast", text: "matrix", thread_id: 4_040 });
      const { message } = await told.first(({ type }) => type === "error");
      const isAdmin = ["agent Admin", "Mini App Admin"].includes(name);
      const holds = isAdmin || (actor?.kind === "apiKey" && isStaff(actor, "notifications:write"));
      expect([name, message]).toEqual([
        name,
        holds ? expect.stringContaining("thread not found") : "Permission denied",
      ]);
      if (!holds) denials += 1;
      opened.socket.close();
    }
  });

  test("messages of the trading protocol", async () => {
    for (const { name, token, actor } of callers) {
      const opened = await openTrading(server, token === null ? {} : { token }).catch((error: Error) => error);
      const mayOpen = actor?.kind === "customer" || (actor !== null && isStaff(actor, "trading:read"));
      if (!mayOpen) {
        expect([name, String(opened)]).toEqual([name, "Error: refused with 401"]);
        denials += 1;
        continue;
      }
      if (opened instanceof Error) throw opened;
      const userId = actor.kind === "customer" ? actor.externalId : "matrix-any";
      const asked = SOCKET_MESSAGES.flatMap(({ gateway, message: { type } }) =>
        gateway === "trading" && type && type !== "HEARTBEAT" ? [type] : [],
      );
      const content = { environmentId: "none", amount: "1", isBuy: true, message: "x", mintAddress: "none", userId };
      for (const type of asked) opened.say(type, type === "SUBSCRIBE_PRICE" ? { mintAddress: "none" } : content);
      const answers = (await opened.settled()).map(({ type, data }) => data.code ?? type);
      // Agents act for themselves alone.
      const own = actor.kind === "agent" ? "UNAUTHORIZED" : null;
      const mayWrite = actor.kind === "customer" || isStaff(actor, "trading:write");
      const expected = asked.map((type) => {
        if (type === "SUBSCRIBE_PRICE") return "ENVIRONMENT_NOT_FOUND";
        if (type === "SUBSCRIBE_REWARDS") return "REWARD_UPDATE";
        if (!mayWrite) return "UNAUTHORIZED";
        return type === "VOICE_SESSION_START" ? (own ?? "VOICE_UNAVAILABLE") : "ENVIRONMENT_NOT_FOUND";
      });
      expect([name, answers]).toEqual([name, expected]);
      denials += answers.filter((answer) => answer === "UNAUTHORIZED").length;
      opened.socket.close();
    }
  });
});

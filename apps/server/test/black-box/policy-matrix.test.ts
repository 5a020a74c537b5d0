import { actorOfToken } from "@pult/api/auth/actors.ts";
import { callerOf } from "@pult/api/testing/factories.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { createTestDeps, TestClock } from "@pult/api/testing/test-deps.ts";
import type { Database } from "@pult/db/database.ts";
import { openTestDatabase } from "@pult/db/testing.ts";
import { afterAll, describe, expect, test } from "vitest";
import { isAllowed } from "../../src/authorize.ts";
import { MAX_BATCH } from "../../src/gateways/trpc/messages.ts";
import { type Caller, seedCallers } from "../support/callers.ts";
import { call, sendPhotos } from "../support/calls.ts";
import { ADMIN_KEY, JWT_SECRET, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import {
  listEndpoints,
  listProcedures,
  type Outcome,
  outcomeFor,
  outcomeOf,
  type Procedure,
} from "../support/policy-matrix.ts";
import { type Message, openRaw, openRawAs } from "../support/raw-socket.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const PROCEDURES = listProcedures();
const WEBHOOK_SECRET = "a-secret-for-the-webhook";
const ENDPOINTS = listEndpoints();
let denials = 0;
const without = PROCEDURES.filter(({ policy }) => policy === undefined).length;

afterAll(() => {
  process.stdout.write(
    `Policy matrix: ${PROCEDURES.length} procedures, ${ENDPOINTS.length} routes, ${denials} denials, ${without} without a policy\n`,
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

  test("sockets reject invalid tokens, upgrades unknown paths", async () => {
    for (const caller of callers) {
      const opened = await openRaw(server, { headers: headersOf(caller) });
      if (caller.actor === null) {
        const { error } = await opened.ask();
        expect([caller.name, error?.data.code]).toEqual([caller.name, "UNAUTHORIZED"]);
        denials += 1;
      }
      opened.socket.close();
    }
    for (const path of ["/", "/wsx", "/trpc/auth.me", "/socket.iox"])
      await expect(openRaw(server, { path })).rejects.toThrow("refused with 404");
  });
});

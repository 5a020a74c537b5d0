import type { Database } from "@pult/db/database.ts";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "../support/browser.ts";
import { seedAgent } from "../support/callers.ts";
import { call } from "../support/calls.ts";
import { openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { CLIENT_ID, CLIENT_SECRET, type OidcIssuer, startOidcIssuer } from "../support/oidc-issuer.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const START = "/auth/telegram/start";
const CALLBACK = "/auth/telegram/callback";
const OWNER = { id: 4_815_162_342, name: "Demo Owner", preferred_username: "demo_owner" };
const STRANGER = { id: 999, name: "Stranger" };

describe.each(mainCell())("Telegram Login on %s", (_name, cell) => {
  let issuer: OidcIssuer;
  /** Of an agent whose last re-authentication is too old. */
  let unconfirmed: string;
  const server = useServer(async () => {
    issuer = await startOidcIssuer();
    const seed = async (db: Database) => {
      unconfirmed = (await seedAgent(db, { isConfirmed: false })).token;
    };
    return openInstallation({ ...cell, demo: true, env: issuer.env, seed });
  });
  beforeAll(async () => {
    issuer.user = OWNER;
    const agent = open(await signInAt(server));
    expect(await login(agent, `${START}?link=1&next=/settings/security`)).toBe("/settings/security");
  });
  afterAll(() => issuer[Symbol.asyncDispose]());
  afterEach(() => {
    issuer.reset();
    issuer.user = OWNER;
  });

  const open = (session?: string) => new Browser(server.origin, session ? { pult_session: session } : {});

  /** Goes to Telegram and back, to the address that is no step of it any more. @returns it, without the origin */
  async function login(browser: Browser, start = START): Promise<string> {
    const { origin } = server;
    const isDone = (at: URL) => at.origin === origin && !at.pathname.startsWith("/auth/");
    return (await browser.follow(start, isDone)).replace(origin, "");
  }

  /** As far as Telegram's answer, not yet shown to the server. */
  const answered = (browser: Browser, start = START) => browser.follow(start, ({ pathname }) => pathname === CALLBACK);

  async function whoIs(browser: Browser): Promise<string> {
    const session = browser.cookies.get("pult_session");
    return session ? (await callApi(server, session).auth.me.query()).name : "anonymous";
  }

  test("signs in a linked agent with or without a nonce, and redirects them to the requested page", async () => {
    for (const echoesNonce of [false, true]) {
      issuer.echoesNonce = echoesNonce;
      const browser = open();
      expect(await login(browser)).toBe("/inbox");
      expect(await whoIs(browser)).toBe("Agent A (demo)");
      expect([...browser.cookies.keys()]).toEqual(["pult_session"]);
    }
    const next = encodeURIComponent("/inbox?view=mine#x");
    expect(await login(open(), `${START}?next=${next}`)).toBe("/inbox?view=mine");
  });

  test("the ways there and back say no more than they must", async () => {
    const browser = open();
    const start = await browser.get(START);
    const cookie = start.headers.get("set-cookie") ?? "";
    expect([start.status, start.headers.get("cache-control")]).toEqual([302, "no-store"]);
    expect(cookie).toMatch(/^pult_telegram=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
    const asked = new URL(start.location ?? "");
    expect(asked.origin + asked.pathname).toBe(`${issuer.origin}/auth`);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      redirect_uri: `${server.origin}${CALLBACK}`,
      response_type: "code",
      scope: "openid profile",
      code_challenge_method: "S256",
    });
    expect(asked.href).not.toContain(browser.cookies.get("pult_telegram"));
    const back = await browser.get((await browser.get(asked.href)).location ?? "");
    expect([back.status, back.headers.get("cache-control")]).toEqual([302, "no-store"]);
    const session = back.headers.getSetCookie().find((one) => one.startsWith("pult_session="));
    expect(session).toMatch(/^pult_session=ses_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
  });

  test("rejects sign-in when no agent has linked the Telegram account", async () => {
    issuer.user = STRANGER;
    const browser = open();
    expect(await login(browser)).toBe("/sign-in?error=telegramUnknown");
    expect(await login(browser, `${START}?next=/reports`)).toBe("/sign-in?error=telegramUnknown&next=%2Freports");
    expect([...browser.cookies]).toEqual([]);
  });

  test("the second agent cannot link the first one's Telegram; a stranger links nothing", async () => {
    const second = open(await signInAt(server, "second"));
    const taken = await login(second, `${START}?link=1&next=/settings/security?tab=2`);
    expect(taken).toBe("/settings/security?tab=2&error=telegramTaken");
    expect(await login(open(), `${START}?link=1`)).toBe("/settings/security?error=telegramFailed");
    const lured = await second.get(`${START}?link=1`, { "sec-fetch-site": "cross-site" });
    expect(lured.location).toBe(`${server.origin}/settings/security?error=telegramFailed`);
  });

  test("an agent who has not confirmed lately links nothing, and is told so by every way in", async () => {
    const browser = open(unconfirmed);
    const failed = `${server.origin}/settings/security?error=telegramConfirm`;
    expect((await browser.get(`${START}?link=1`)).location).toBe(failed);
    const { auth } = callApi(server, unconfirmed);
    const refusal = { data: { httpStatus: 403, code: "FORBIDDEN", reason: "CONFIRMATION_REQUIRED" } };
    await expect(auth.passkeys.registerOptions.mutate({})).rejects.toMatchObject(refusal);
    await expect(auth.totp.begin.mutate({})).rejects.toMatchObject(refusal);
    expect(await auth.telegram.get.query()).toMatchObject({ linked: null });
  });

  test("gives a customer their own session in the URL fragment", async () => {
    issuer.user = STRANGER;
    const browser = open();
    const end = await login(browser, `${START}?next=/app`);
    expect(end).toMatch(/^\/app#session=ses_[\w-]{43}$/);
    expect([...browser.cookies]).toEqual([]);
    const me = await callApi(server, end.replace("/app#session=", "")).auth.me.query();
    expect(me).toMatchObject({ kind: "customer", id: "999", namespace: "telegram" });
    issuer.claims = { aud: "another" };
    expect(await login(open(), `${START}?next=/app`)).toBe("/app#error=telegramFailed");
  });

  test("an answer that this browser did not ask for, or shows again, or was refused, counts for nothing", async () => {
    const failed = { location: `${server.origin}/sign-in?error=telegramFailed` };
    const victim = open();
    const attacker = open();
    // Login CSRF: the attacker's answer in the victim's browser, which has begun a login of its own or none.
    expect(await victim.get(await answered(attacker))).toMatchObject(failed);
    await victim.get(START);
    expect(await victim.get(await answered(attacker))).toMatchObject(failed);

    const without = await answered(victim);
    victim.cookies.clear();
    expect(await victim.get(without)).toMatchObject(failed);

    const used = await answered(victim);
    const cookies = Object.fromEntries(victim.cookies);
    expect((await victim.get(used)).location).toBe(`${server.origin}/inbox`);
    expect(await new Browser(server.origin, cookies).get(used)).toMatchObject(failed);

    const refusing = open();
    const url = new URL(await answered(refusing));
    url.searchParams.delete("code");
    url.searchParams.set("error", "access_denied");
    expect(await refusing.get(url.href)).toMatchObject(failed);
    expect(refusing.cookies.has("pult_session")).toBe(false);
  });

  test("a code of another login does not come with this one's verifier", async () => {
    const [a, b] = [open(), open()];
    const url = new URL(await answered(a));
    url.searchParams.set("code", new URL(await answered(b)).searchParams.get("code") ?? "");
    expect((await a.get(url.href)).location).toBe(`${server.origin}/sign-in?error=telegramFailed`);
  });

  test.each<[string, Partial<Pick<OidcIssuer, "signature" | "claims">>]>([
    ["signed with another key", { signature: "another key" }],
    ["not signed: alg none", { signature: "none" }],
    ["signed with the client's secret", { signature: "client secret" }],
    ["for another client", { claims: { aud: "1" } }],
    ["for another client too", { claims: { aud: ["1", CLIENT_ID] } }],
    ["of another issuer", { claims: { iss: "https://oauth.telegram.org" } }],
    ["expired", { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }],
    ["without an end", { claims: { exp: undefined } }],
    ["with another nonce", { claims: { nonce: "another" } }],
    ["with an empty nonce", { claims: { nonce: "" } }],
    ["without a user id, though its subject is one", { claims: { id: undefined, sub: String(OWNER.id) } }],
    ["with an id that is no number", { claims: { id: "4815162342 " } }],
    ["with an id between two numbers", { claims: { id: OWNER.id + 0.5 } }],
  ])("rejects an id token %s", async (_what, spoilt) => {
    Object.assign(issuer, spoilt);
    const browser = open();
    expect(await login(browser)).toBe("/sign-in?error=telegramFailed");
    expect([...browser.cookies]).toEqual([]);
  });

  test("next leads nowhere but here", async () => {
    for (const next of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "/.//evil.example",
      "/..//evil.example/",
      "/x/..//evil.example",
      "javascript:alert(1)",
      "evil.example",
      "http://user@local/",
      `/${"x".repeat(600)}`,
    ]) {
      const end = await login(open(), `${START}?next=${encodeURIComponent(next)}`);
      expect(end, next).toBe("/inbox");
    }
    // Within a path it is a path.
    expect(await login(open(), `${START}?next=/a//evil.example`)).toBe("/a//evil.example");
    expect(await login(open(), `${START}?next=/apple`)).toBe("/apple");
  });

  test("reports an outage while Telegram is down, and signs in after it recovers", async () => {
    const browser = open();
    const waiting = await answered(browser);
    issuer.failing = { status: 502, body: "<h1>Bad gateway</h1>" };
    expect((await browser.get(waiting)).location).toBe(`${server.origin}/sign-in?error=telegramUnavailable`);
    issuer.reset();
    await issuer.goDown();
    try {
      const other = open();
      // A server that knows the issuer sends people there; one that starts now does not.
      await server.kill();
      await server.restart();
      expect((await other.get(START)).location).toBe(`${server.origin}/sign-in?error=telegramUnavailable`);
      expect((await other.get(`${START}?next=/app`)).location).toBe(`${server.origin}/app#error=telegramUnavailable`);
    } finally {
      await issuer.comeUp();
    }
    expect(await login(open())).toBe("/inbox");
  });

  test("no secret of it stands in the log", () => {
    const logs = server.logs();
    expect(logs).toContain("A Telegram login failed");
    expect(logs).not.toContain(CLIENT_SECRET);
    expect(logs).not.toMatch(/eyJ[\w-]+\./);
    expect(logs).not.toMatch(/"level":"(error|fatal)"/);
  });

  test("other methods are refused", async () => {
    for (const path of [START, CALLBACK]) {
      const answer = await call(server, path, { method: "POST", headers: { origin: server.origin } });
      expect([answer.status, answer.headers.get("allow")], path).toEqual([405, "GET"]);
    }
  });
});

describe("Telegram Login", () => {
  test("is not there until it is configured", async () => {
    const server = await openInstallation();
    onTestFinished(async () => void (await server.stop()));
    for (const path of [START, CALLBACK]) expect((await call(server, path)).status).toBe(404);
  });

  test("begins as often as one may try to sign in", async () => {
    await using issuer = await startOidcIssuer();
    const server = await openInstallation({ env: { ...issuer.env, LIMIT_SIGN_IN_PER_15_MIN: "3" } });
    onTestFinished(async () => void (await server.stop()));
    const browser = new Browser(server.origin);
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push(await browser.get(START));
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 429]);
    expect(Number(answers[3]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

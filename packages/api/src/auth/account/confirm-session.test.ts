import { tmpdir } from "node:os";
import { sessions } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { restore, takeBackup } from "../../backup/backup.ts";
import { codeOf, type TestBrowser } from "../../testing/browser.ts";
import { ANONYMOUS, refusal } from "../../testing/factories.ts";
import { SoftwareAuthenticator } from "../../testing/software-authenticator.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { CONFIRMED_FOR_MS } from "./confirm-session.ts";
import { beginTelegramLogin, type TelegramLogin } from "./telegram-login.ts";

type Api = Awaited<ReturnType<TestBrowser["api"]>>;

const ORIGIN = "https://pult.example.com";
const WANTED = refusal("CONFIRMATION_REQUIRED");

/** Telegram that is never reached. */
const NOWHERE: TelegramLogin = {
  addressOf: () => Promise.resolve(new URL("https://telegram.example")),
  redeem: () => Promise.reject(new Error("No browser came back")),
};

describeOnDatabases("auth.confirm", (world) => {
  /** An Admin's browser, signed in a moment too long ago. */
  async function stale() {
    const { account, browser } = await world.signedIn({ role: "Admin" });
    world.deps.clock.advance(CONFIRMED_FOR_MS + 1);
    return { account, browser };
  }

  async function withPasskey() {
    const { account, browser } = await world.signedIn({ role: "Admin" });
    const authenticator = new SoftwareAuthenticator({ origin: ORIGIN });
    const { passkeys } = await browser.api();
    const { challenge, options } = await passkeys.registerOptions();
    await passkeys.register({ name: "Laptop", challenge, response: authenticator.create(options) });
    return { account, browser, authenticator };
  }

  async function showPasskey({
    browser,
    authenticator,
  }: {
    browser: TestBrowser;
    authenticator: SoftwareAuthenticator;
  }) {
    const { passkeys } = await browser.api();
    const { challenge, options } = await passkeys.signInOptions();
    return passkeys.confirm({ challenge, response: authenticator.get(options) });
  }

  const colleague = async () => (await world.makeAccount()).personId;

  const WAYS_IN: [name: string, call: (api: Api) => Promise<unknown>][] = [
    ["passkeys.registerOptions", (api) => api.passkeys.registerOptions()],
    ["totp.begin", (api) => api.totp.begin()],
    ["apiKeys.create", (api) => api.apiKeys.create({ name: "Shop", scopes: ["support:read"] })],
    ["team.invite", (api) => api.team.invite({ email: "anna@example.com", role: "User" })],
    ["team.resetLink", async (api) => api.team.resetLink({ personId: await colleague() })],
  ];

  it.each(WAYS_IN)("stands before %s a quarter of an hour after signing in, for as long again", async (_, call) => {
    const { account, browser } = await world.signedIn({ role: "Admin" });
    world.deps.clock.advance(CONFIRMED_FOR_MS);
    await call(await browser.api());
    world.deps.clock.advance(1);
    await expect(call(await browser.api())).rejects.toMatchObject(WANTED);
    await (await browser.api()).confirm(account);
    world.deps.clock.advance(CONFIRMED_FOR_MS);
    await call(await browser.api());
    world.deps.clock.advance(1);
    await expect(call(await browser.api())).rejects.toMatchObject(WANTED);
  });

  it("stands before what follows a ceremony too: passkeys.register, totp.confirm", async () => {
    const { account, browser } = await world.signedIn();
    world.deps.clock.advance(CONFIRMED_FOR_MS - 1_000);
    const before = await browser.api();
    const { challenge, options } = await before.passkeys.registerOptions();
    const response = new SoftwareAuthenticator({ origin: ORIGIN }).create(options);
    const { secret } = await before.totp.begin();
    world.deps.clock.advance(2_000);
    const enable = async () => (await browser.api()).totp.confirm({ code: codeOf(secret, world.deps.now()) });
    const register = async () => (await browser.api()).passkeys.register({ name: "Laptop", challenge, response });
    await expect(register()).rejects.toMatchObject(WANTED);
    await expect(enable()).rejects.toMatchObject(WANTED);
    await (await browser.api()).confirm(account);
    await register();
    await enable();
  });

  it("stands before team.disableTotp", async () => {
    const olga = await world.makeAccount();
    await world.enableTotp(await world.openBrowser(olga));
    const { account, browser } = await stale();
    const call = async () => (await browser.api()).team.disableTotp({ personId: olga.personId });
    await expect(call()).rejects.toMatchObject(WANTED);
    await (await browser.api()).confirm(account);
    await call();
  });

  it("is required to reactivate an agent, not to deactivate one", async () => {
    const { personId } = await world.makeAccount();
    const { account, browser } = await stale();
    const set = async (disabled: boolean) => (await browser.api()).team.setDisabled({ personId, disabled });
    await set(true);
    await expect(set(false)).rejects.toMatchObject(WANTED);
    await (await browser.api()).confirm(account);
    await set(false);
  });

  it("stands before a backup is taken or put back, which holds every way in; not before one is only checked", async () => {
    const { browser } = await stale();
    const ctx = world.contextOf(await browser.actor());
    const read = async function* () {
      yield Buffer.from("no backup");
    };
    await expect(takeBackup(ctx, tmpdir())).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED" });
    for (const [dryRun, code] of [
      [false, "CONFIRMATION_REQUIRED"],
      [true, "VALIDATION"],
    ] as const)
      await expect(restore(ctx, { read, replace: true, dryRun })).rejects.toMatchObject({ code });
  });

  it("stands before linking Telegram, not before signing in with it", async () => {
    const { account, browser } = await stale();
    const begin = async (kind: "link" | "signIn") =>
      beginTelegramLogin(world.contextOf(await browser.actor()), NOWHERE, {
        intent: { kind, next: "/settings/security" },
        redirectUri: `${ORIGIN}/auth/telegram/callback`,
      });
    await expect(begin("link")).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED" });
    await begin("signIn");
    await (await browser.api()).confirm(account);
    await begin("link");
  });

  it("stands before nothing else, and not before keys", async () => {
    const { browser } = await stale();
    const api = await browser.api();
    await api.security();
    await api.profile.update({ name: "Olga P." });
    await api.apiKeys.list();
    await world.as(await world.storedKeyWith("*")).auth.apiKeys.create({
      name: "Shop",
      scopes: ["*"],
    });
  });

  it("is for this session, is on record, and refused where a session never confirmed", async () => {
    const { account, browser } = await stale();
    const other = await world.openBrowser(account);
    world.deps.clock.advance(CONFIRMED_FOR_MS + 1);
    await (await browser.api()).confirm(account);
    await expect((await other.api()).passkeys.registerOptions()).rejects.toMatchObject(WANTED);
    const actor = await browser.actor();
    const sessionId = actor.kind === "agent" ? actor.sessionId : "";
    expect(await world.listAudit("auth.sessionConfirmed")).toMatchObject([
      { actorId: account.personId, targetKind: "session", targetId: sessionId, details: { method: "password" } },
    ]);
    await world.deps.db.update(sessions).set({ confirmedAt: null }).where(eq(sessions.id, sessionId));
    await expect((await browser.api()).passkeys.registerOptions()).rejects.toMatchObject(WANTED);
  });

  describe("by password", () => {
    it("counts failures as signing in does, and locks as it does", async () => {
      const { account, browser } = await stale();
      const api = await browser.api();
      for (let failure = 1; failure <= 5; failure++)
        await expect(api.confirm({ password: "wrong" })).rejects.toMatchObject(refusal("VALIDATION"));
      await expect(api.confirm(account)).rejects.toMatchObject(refusal("RATE_LIMITED"));
      await expect(world.as(ANONYMOUS).auth.signIn(account)).rejects.toMatchObject(refusal("RATE_LIMITED"));
      expect(await world.listAudit("auth.signInFailed")).toHaveLength(5);
      await expect(api.passkeys.registerOptions()).rejects.toMatchObject(WANTED);
      world.deps.clock.advance(1_000);
      await api.confirm(account);
    });

    it("counts against the address too, before it looks", async () => {
      const { account, browser } = await stale();
      const counted: string[] = [];
      const limitSignIn = async (what: string) => void counted.push(what);
      const api = world.as(await browser.actor(), undefined, { limitSignIn }).auth;
      await api.confirm(account);
      expect(counted).toEqual([account.email]);
    });

    it("asks for a code where signing in does, which is good once", async () => {
      const { account, browser } = await world.signedIn();
      const { secret } = await world.enableTotp(browser);
      world.deps.clock.advance(CONFIRMED_FOR_MS + 1);
      const api = await browser.api();
      const { password } = account;
      await expect(api.confirm({ password })).rejects.toMatchObject(refusal("SECOND_FACTOR_REQUIRED"));
      const code = codeOf(secret, world.deps.now());
      await expect(api.confirm({ password: "wrong", code })).rejects.toMatchObject(refusal("VALIDATION"));
      await api.confirm({ password, code });
      await expect(api.confirm({ password, code })).rejects.toMatchObject(refusal("VALIDATION"));
      await (await browser.api()).passkeys.registerOptions();
    });
  });

  describe("by passkey", () => {
    it("needs no password", async () => {
      const { account, browser, authenticator } = await withPasskey();
      world.deps.clock.advance(CONFIRMED_FOR_MS + 1);
      await expect((await browser.api()).passkeys.registerOptions()).rejects.toMatchObject(WANTED);
      await showPasskey({ browser, authenticator });
      await (await browser.api()).passkeys.registerOptions();
      expect(await world.listAudit("auth.sessionConfirmed")).toMatchObject([
        { actorId: account.personId, details: { method: "passkey" } },
      ]);
    });

    it("has to be the caller's own and rightly answered, or the session stays as it was", async () => {
      const { authenticator } = await withPasskey();
      const { browser } = await stale();
      const stranger = new SoftwareAuthenticator({ origin: ORIGIN });
      for (const shown of [authenticator, stranger])
        await expect(showPasskey({ browser, authenticator: shown })).rejects.toMatchObject(refusal("VALIDATION"));
      expect((await browser.actor()).kind).toBe("agent");
      await expect((await browser.api()).passkeys.registerOptions()).rejects.toMatchObject(WANTED);
    });
  });
});

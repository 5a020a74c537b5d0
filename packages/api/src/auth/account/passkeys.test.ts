import { oneTimeTokens, passkeys } from "@pult/db/schema/auth.ts";
import { describe, expect, it } from "vitest";
import type { TestBrowser } from "../../testing/browser.ts";
import { ANONYMOUS, refusal, SYSTEM } from "../../testing/factories.ts";
import { SoftwareAuthenticator, type Tampering } from "../../testing/software-authenticator.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { setDisabled } from "../team/team.ts";
import { relyingPartyOf } from "./passkeys.ts";

const ORIGIN = "https://pult.example.com";

const UNAUTHORIZED = refusal("UNAUTHORIZED");
const UNVERIFIED = refusal("VALIDATION", { message: "The passkey could not be verified" });
const newAuthenticator = () => new SoftwareAuthenticator({ origin: ORIGIN });

describe("relyingPartyOf", () => {
  it("is the domain, from its own origin alone", () => {
    expect(relyingPartyOf(ORIGIN)).toEqual({ id: "pult.example.com", origins: [ORIGIN] });
    expect(relyingPartyOf("https://desk.example.com:8443")).toEqual({
      id: "desk.example.com",
      origins: ["https://desk.example.com:8443"],
    });
  });

  it.each(["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"])("is localhost for %s", (origin) => {
    const { id, origins } = relyingPartyOf(origin);
    expect(id).toBe("localhost");
    expect([...origins].sort()).toEqual(["http://127.0.0.1:3000", "http://[::1]:3000", "http://localhost:3000"]);
  });
});

describeOnDatabases("passkeys", (world) => {
  const anonymous = () => world.as(ANONYMOUS).auth;

  /** What a browser sends to register this authenticator. */
  async function registrationOf(browser: TestBrowser, authenticator = newAuthenticator(), tampering: Tampering = {}) {
    const { challenge, options } = await (await browser.api()).passkeys.registerOptions();
    return { name: "Laptop", challenge, response: authenticator.create(options, tampering) };
  }

  const register = async (browser: TestBrowser, ...given: [SoftwareAuthenticator?, Tampering?]) =>
    (await browser.api()).passkeys.register(await registrationOf(browser, ...given));

  /** An agent with one passkey. */
  async function withPasskey(options: { synced?: boolean } = {}) {
    const { account, browser } = await world.signedIn();
    const authenticator = new SoftwareAuthenticator({ origin: ORIGIN, ...options });
    const { id } = await register(browser, authenticator);
    return { account, browser, authenticator, id };
  }

  const show = (challenge: string, response: ReturnType<SoftwareAuthenticator["get"]>) =>
    anonymous().passkeys.signIn({ challenge, response });

  async function signIn(authenticator: SoftwareAuthenticator, tampering: Tampering = {}, browser?: TestBrowser) {
    const api = browser ? await browser.api() : anonymous();
    const { challenge, options } = await api.passkeys.signInOptions();
    return api.passkeys.signIn({ challenge, response: authenticator.get(options, tampering) });
  }

  describe("passkeys.register", () => {
    it("asks for a passkey that is found without a name and verifies its owner, and excludes known ones", async () => {
      const { account, browser, id } = await withPasskey();
      const { options } = await (await browser.api()).passkeys.registerOptions();
      expect(options).toMatchObject({
        rp: { id: "pult.example.com", name: "Pult" },
        user: { name: account.email, displayName: "Olga" },
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        excludeCredentials: [{ id }],
        attestation: "none",
      });
    });

    it("stores the new passkey, records it and mails the agent", async () => {
      const { account, browser, id } = await withPasskey({ synced: true });
      expect((await (await browser.api()).security()).passkeys).toEqual([
        { id, name: "Laptop", createdAt: world.deps.now().toISOString(), lastUsedAt: null, backedUp: true },
      ]);
      expect(await world.listAudit("auth.passkeyAdded")).toMatchObject([
        { actorId: account.personId, details: { passkey: "Laptop" } },
      ]);
      await world.deps.background.idle();
      expect(world.deps.mailer.sent).toMatchObject([{ to: account.email, subject: "A new passkey at Pult" }]);
    });

    it.each<[string, Tampering]>([
      ["another origin", { origin: "https://pult.example.com.evil.example" }],
      ["another challenge", { challenge: Buffer.alloc(32).toString("base64url") }],
      ["the wrong ceremony", { type: "webauthn.get" }],
    ])("refuses %s", async (_, tampering) => {
      const { browser } = await world.signedIn();
      const authenticator = newAuthenticator();
      await expect(register(browser, authenticator, tampering)).rejects.toMatchObject(refusal("VALIDATION"));
      expect(await world.deps.db.$count(passkeys)).toBe(0);
    });

    it("refuses an authenticator that does not verify its owner", async () => {
      const { browser } = await world.signedIn();
      const authenticator = new SoftwareAuthenticator({ origin: ORIGIN, verifiesUser: false });
      await expect(register(browser, authenticator)).rejects.toMatchObject(refusal("VALIDATION"));
    });

    it("takes a challenge once, for five minutes, and from the agent who asked for it", async () => {
      const [{ browser: own }, { browser: other }] = [await world.signedIn(), await world.signedIn()];
      const input = () => registrationOf(own);
      const used = await input();
      await (await own.api()).passkeys.register(used);
      await expect((await own.api()).passkeys.register(used)).rejects.toMatchObject(refusal("VALIDATION"));
      const stolen = await input();
      await expect((await other.api()).passkeys.register(stolen)).rejects.toMatchObject(refusal("VALIDATION"));
      const old = await input();
      world.deps.clock.advance(5 * 60_000);
      await expect((await own.api()).passkeys.register(old)).rejects.toMatchObject(refusal("VALIDATION"));
    });

    it("rejects a passkey that is registered already, for any agent", async () => {
      const { authenticator } = await withPasskey();
      const { browser: other } = await world.signedIn();
      await expect(register(other, authenticator)).rejects.toMatchObject(refusal("CONFLICT"));
    });

    it.each<[string, { id?: string; response?: object }, object]>([
      ["no client data", { response: { clientDataJSON: "AAAA" } }, UNVERIFIED],
      ["no attestation", { response: { attestationObject: "AAAA" } }, UNVERIFIED],
      ["an attestation of nothing", { response: { attestationObject: "oA" } }, UNVERIFIED],
      ["an attestation of 70 kB", { response: { attestationObject: "A".repeat(70_000) } }, { code: "BAD_REQUEST" }],
      ["an id that is no base64url", { id: "ä" }, { code: "BAD_REQUEST" }],
    ])("refuses %s in its own words", async (_, { response, ...broken }, error) => {
      const { browser } = await world.signedIn();
      const { response: good, ...input } = await registrationOf(browser);
      const changed = { ...good, ...broken, response: { ...good.response, ...response } };
      const api = await browser.api();
      await expect(api.passkeys.register({ ...input, response: changed })).rejects.toMatchObject(error);
    });
  });

  describe("passkeys.signIn", () => {
    it("signs in without password and code, also while passwords are locked", async () => {
      const { account, browser, authenticator } = await withPasskey();
      await world.enableTotp(browser);
      for (let at = 0; at < 6; at++)
        await anonymous()
          .signIn({ ...account, password: "wrong" })
          .catch(() => {});
      const fresh = world.newBrowser();
      expect(await signIn(authenticator, {}, fresh)).toMatchObject({ id: account.personId, kind: "agent" });
      const { sessions } = await (await fresh.api()).sessions.list();
      expect(sessions.find(({ isCurrent }) => isCurrent)?.method).toBe("passkey");
      const [passkey] = (await (await fresh.api()).security()).passkeys;
      expect(passkey?.lastUsedAt).toBe(world.deps.now().toISOString());
      expect((await world.listAudit("auth.signedIn")).at(-1)?.details).toEqual({ method: "passkey" });
    });

    it("ends the session that the browser had", async () => {
      const { authenticator } = await withPasskey();
      const { browser } = await world.signedIn();
      const thief = world.newBrowser();
      thief.cookie = browser.cookie;
      await signIn(authenticator, {}, browser);
      expect((await thief.actor()).kind).toBe("anonymous");
    });

    it.each<[string, Tampering]>([
      ["another origin", { origin: "https://evil.example" }],
      ["another challenge", { challenge: Buffer.alloc(32, 1).toString("base64url") }],
      ["the wrong ceremony", { type: "webauthn.create" }],
      ["another owner", { userHandle: Buffer.from(crypto.randomUUID()).toString("base64url") }],
    ])("refuses %s", async (_, tampering) => {
      const { authenticator } = await withPasskey();
      await expect(signIn(authenticator, tampering)).rejects.toMatchObject(UNAUTHORIZED);
    });

    it("rejects a sign count that does not grow, which shows a copied key", async () => {
      const { authenticator, account } = await withPasskey();
      authenticator.counter = 40;
      await signIn(authenticator);
      for (const counter of [41, 5, 0])
        await expect(signIn(authenticator, { counter })).rejects.toMatchObject(UNAUTHORIZED);
      authenticator.counter = 50;
      expect(await signIn(authenticator)).toMatchObject({ id: account.personId });
    });

    it("takes an authenticator that does not count again and again", async () => {
      const { authenticator } = await withPasskey();
      await signIn(authenticator, { counter: 0 });
      await signIn(authenticator, { counter: 0 });
    });

    it("takes an answer once, and a challenge for five minutes", async () => {
      const { authenticator } = await withPasskey();
      const { challenge, options } = await anonymous().passkeys.signInOptions();
      const response = authenticator.get(options);
      const results = await Promise.allSettled([1, 2, 3].map(() => show(challenge, response)));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const later = await anonymous().passkeys.signInOptions();
      await expect(show(later.challenge, response)).rejects.toMatchObject(UNAUTHORIZED);
      const old = await anonymous().passkeys.signInOptions();
      world.deps.clock.advance(5 * 60_000);
      await expect(show(old.challenge, authenticator.get(old.options))).rejects.toMatchObject(refusal("VALIDATION"));
    });

    it("refuses a challenge that was made for registering", async () => {
      const { authenticator, browser } = await withPasskey();
      const { challenge } = await (await browser.api()).passkeys.registerOptions();
      const response = authenticator.get({ challenge, rpId: "pult.example.com" });
      await expect(show(challenge, response)).rejects.toMatchObject(refusal("VALIDATION"));
    });

    it("rejects a passkey of another site, a changed one, an unknown one and a deactivated agent", async () => {
      const { authenticator, browser, account, id } = await withPasskey();
      await world.makeAccount({ role: "Admin" });
      const wrongSite = await anonymous().passkeys.signInOptions();
      const elsewhere = authenticator.get({ ...wrongSite.options, rpId: "evil.example" });
      await expect(show(wrongSite.challenge, elsewhere)).rejects.toMatchObject(UNAUTHORIZED);
      const given = await anonymous().passkeys.signInOptions();
      const response = authenticator.get(given.options);
      response.response.signature = Buffer.alloc(70, 1).toString("base64url");
      await expect(show(given.challenge, response)).rejects.toMatchObject(UNAUTHORIZED);
      const stranger = newAuthenticator();
      await expect(signIn(stranger)).rejects.toMatchObject(UNAUTHORIZED);
      const refusedNow = () => expect(signIn(authenticator)).rejects.toMatchObject(UNAUTHORIZED);
      await setDisabled(world.contextOf(SYSTEM), { personId: account.personId, disabled: true });
      await refusedNow();
      await setDisabled(world.contextOf(SYSTEM), { personId: account.personId, disabled: false });
      await (await world.openBrowser(account)).api().then((api) => api.passkeys.remove({ id }));
      await refusedNow();
      expect((await browser.actor()).kind).toBe("anonymous");
    });

    it("puts on record what is refused of a passkey that is known, of strangers' nothing", async () => {
      const { authenticator, account } = await withPasskey();
      authenticator.counter = 40;
      await signIn(authenticator);
      const refusedWith = (tampering: Tampering) =>
        expect(signIn(authenticator, tampering)).rejects.toMatchObject(UNAUTHORIZED);
      await refusedWith({ origin: "https://evil.example" });
      await refusedWith({ userHandle: Buffer.from(crypto.randomUUID()).toString("base64url") });
      await refusedWith({ counter: 5 });
      await world.makeAccount({ role: "Admin" });
      await setDisabled(world.contextOf(SYSTEM), { personId: account.personId, disabled: true });
      await refusedWith({});
      const stranger = newAuthenticator();
      await expect(signIn(stranger)).rejects.toMatchObject(UNAUTHORIZED);
      const failures = await world.listAudit("auth.signInFailed");
      expect(failures).toHaveLength(4);
      for (const failure of failures)
        expect(failure).toMatchObject({
          actorKind: "anonymous",
          targetId: account.personId,
          details: { what: "passkey", passkey: "Laptop" },
        });
    });

    it("counts as a try to sign in, by address and passkey", async () => {
      const { authenticator, id } = await withPasskey();
      const counted: string[] = [];
      const limitSignIn = async (what: string) => void counted.push(what);
      const { passkeys: api } = world.as(ANONYMOUS, undefined, { limitSignIn }).auth;
      const { challenge, options } = await api.signInOptions();
      await api.signIn({ challenge, response: authenticator.get(options) });
      expect(counted).toEqual([`passkey ${id}`]);
    });
  });

  it("renames and removes only the caller's own", async () => {
    const { browser, id } = await withPasskey();
    const { browser: other } = await world.signedIn();
    const theirs = (await other.api()).passkeys;
    await expect(theirs.rename({ id, name: "Mine" })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(theirs.remove({ id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    const own = await browser.api();
    await own.passkeys.rename({ id, name: "Phone" });
    await own.passkeys.rename({ id, name: "Phone" });
    expect(await world.listAudit("auth.passkeyRenamed")).toMatchObject([
      { targetName: "Olga", details: { from: "Laptop", to: "Phone" } },
    ]);
    expect((await own.security()).passkeys).toMatchObject([{ id, name: "Phone" }]);
    await own.passkeys.remove({ id });
    expect((await own.security()).passkeys).toEqual([]);
    expect(await world.listAudit("auth.passkeyRemoved")).toMatchObject([{ details: { passkey: "Phone" } }]);
  });

  it("keeps challenges as hashes", async () => {
    const { challenge } = await anonymous().passkeys.signInOptions();
    expect(JSON.stringify(await world.deps.db.select().from(oneTimeTokens))).not.toContain(challenge);
  });
});

import { oneTimeTokens } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { codeOf, type TestAccount, type TestBrowser, tokenOf } from "../../testing/browser.ts";
import { ANONYMOUS, callerOf, refusal, SYSTEM } from "../../testing/factories.ts";
import { intercept } from "../../testing/intercept.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { sessionEndedTopic } from "../events.ts";
import { setDisabled } from "../team/team.ts";

const HOUR_MS = 60 * 60_000;
const CODE_REQUIRED = refusal("SECOND_FACTOR_REQUIRED");
const NOT_FOUND = refusal("NOT_FOUND");
const NEXT = "a wholly new password";

describeOnDatabases("passwords", (world) => {
  const anonymous = () => world.as(ANONYMOUS).auth;
  const guess = (account: TestAccount) =>
    anonymous()
      .signIn({ ...account, password: "wrong" })
      .catch(() => {});
  const kindOf = async (browser: TestBrowser) => (await browser.actor()).kind;

  describe("signIn", () => {
    it("ends the browser's previous session, so that none can be planted", async () => {
      const [olga, mallory] = [await world.makeAccount(), await world.makeAccount({ name: "M" })];
      const browser = await world.openBrowser(mallory);
      const prepared = browser.cookie;
      const session = await browser.actor();
      await (await browser.api()).signIn(olga);
      expect(browser.cookie).not.toBe(prepared);
      expect(await browser.actor()).toMatchObject({ kind: "agent", personId: olga.personId });
      const thief = world.newBrowser();
      thief.cookie = prepared;
      expect(await kindOf(thief)).toBe("anonymous");
      const id = session.kind === "agent" ? session.sessionId : "";
      expect(world.deps.bus.latest.map(({ topic }) => topic)).toContain(sessionEndedTopic.name(id));
    });

    it("is refused where no cookie can be set, before anything is used up", async () => {
      const olga = await world.makeAccount();
      const admin = await world.makeAccount({ role: "Admin" });
      const { url } = await (await (await world.openBrowser(admin)).api()).team.resetLink(olga);
      const socket = world.as(ANONYMOUS, undefined, { setSession: null }).auth;
      const token = tokenOf(url);
      for (const call of [() => socket.signIn(olga), () => socket.password.reset({ token, password: NEXT })])
        await expect(call()).rejects.toMatchObject(refusal("VALIDATION", { message: "Sign in and out over HTTP" }));
      await anonymous().password.checkReset({ token });
      expect(await world.listAudit("auth.signedIn")).toMatchObject([{ actorId: admin.personId }]);
    });

    it.each<[string, (olga: TestAccount, browser: TestBrowser) => Promise<unknown>]>([
      [
        "the password was changed",
        async ({ password }, browser) => (await browser.api()).password.change({ current: password, next: NEXT }),
      ],
      [
        "the agent was deactivated",
        ({ personId }) => setDisabled(world.contextOf(SYSTEM), { personId, disabled: true }),
      ],
      ["codes were turned on", (_, browser) => world.enableTotp(browser)],
    ])("rejects sign-in when credentials change during verification: %s", async (_, meddle) => {
      await world.makeAccount({ role: "Admin" });
      const { account: olga, browser } = await world.signedIn();
      let transactions = 0;
      const db = intercept(world.deps.db, "transaction", async (run) => {
        transactions += 1;
        // The first counts the try, the second opens the session.
        if (transactions === 2) await meddle(olga, browser);
        return run();
      });
      const signIn = callerOf({ ...world.deps, db }, ANONYMOUS).auth.signIn(olga);
      await expect(signIn).rejects.toMatchObject(refusal("UNAUTHORIZED"));
      expect(transactions).toBe(2);
      expect(await world.listAudit("auth.signedIn")).toHaveLength(1);
    });

    it("leaves the session alone when the password is wrong", async () => {
      const { account: olga, browser } = await world.signedIn();
      const again = (await browser.api()).signIn({ ...olga, password: "wrong" });
      await expect(again).rejects.toMatchObject(refusal("UNAUTHORIZED"));
      expect(await kindOf(browser)).toBe("agent");
    });

    it("is on record with its method, as are failures and signing out", async () => {
      const { account: olga, browser } = await world.signedIn();
      await guess(olga);
      await (await browser.api()).signOut();
      expect(await world.listAudit("auth.signedIn")).toMatchObject([
        { actorKind: "agent", actorId: olga.personId, actorName: "Olga", details: { method: "password" } },
      ]);
      expect(await world.listAudit("auth.signInFailed")).toMatchObject([
        { actorKind: "anonymous", targetId: olga.personId, ip: "192.0.2.1" },
      ]);
      expect(await world.listAudit("auth.signedOut")).toMatchObject([{ actorId: olga.personId }]);
    });
  });

  describe("password.change", () => {
    it("ends every other session, a stolen one too, and says so by mail", async () => {
      const olga = await world.makeAccount();
      const [own, stolen] = [await world.openBrowser(olga), await world.openBrowser(olga)];
      expect(await (await own.api()).password.change({ current: olga.password, next: NEXT })).toEqual({ ended: 1 });
      expect([await kindOf(own), await kindOf(stolen)]).toEqual(["agent", "anonymous"]);
      await expect(anonymous().signIn(olga)).rejects.toMatchObject(refusal("UNAUTHORIZED"));
      await anonymous().signIn({ ...olga, password: NEXT });
      expect(await world.listAudit("auth.passwordChanged")).toMatchObject([{ actorId: olga.personId }]);
      await world.deps.background.idle();
      expect(world.deps.mailer.sent).toMatchObject([{ to: olga.email, subject: "Your Pult password was changed" }]);
    });

    it("accepts one of two simultaneous changes and rejects the other's current password", async () => {
      const olga = await world.makeAccount();
      const [one, two] = [await world.openBrowser(olga), await world.openBrowser(olga)];
      const changes = await Promise.allSettled(
        [one, two].map(async (browser, at) =>
          (await browser.api()).password.change({ current: olga.password, next: `${NEXT} ${at}` }),
        ),
      );
      expect(changes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(changes.find(({ status }) => status === "rejected")).toMatchObject({ reason: refusal("VALIDATION") });
      expect(await world.listAudit("auth.passwordChanged")).toHaveLength(1);
    });

    it.each<[string, (olga: TestAccount) => { current: string; next: string }]>([
      ["a wrong one", () => ({ current: "wrong", next: NEXT })],
      ["the same one", ({ password }) => ({ current: password, next: password })],
      ["the e-mail", ({ password, email }) => ({ current: password, next: email.toUpperCase() })],
    ])("refuses %s, and changes nothing", async (_, inputOf) => {
      const olga = await world.makeAccount();
      const [own, other] = [await world.openBrowser(olga), await world.openBrowser(olga)];
      const change = (await own.api()).password.change(inputOf(olga));
      await expect(change).rejects.toMatchObject(refusal("VALIDATION"));
      expect(await kindOf(other)).toBe("agent");
      await anonymous().signIn(olga);
    });

    it.each([["a".repeat(9)], ["a".repeat(1025)], [`${NEXT}\u0000`], [`${NEXT}\ud800`]])(
      "refuses a next one of the wrong form",
      async (next) => {
        const { browser } = await world.signedIn();
        const change = (await browser.api()).password.change({ current: "correct horse battery", next });
        await expect(change).rejects.toMatchObject({ code: "BAD_REQUEST" });
      },
    );
  });

  describe("password.requestReset", () => {
    it("mails a link in the agent's language, and answers an unknown e-mail the same", async () => {
      const { account: olga, browser } = await world.signedIn();
      await (await browser.api()).profile.update({ name: "Ольга", languageCode: "ru" });
      expect(await anonymous().password.requestReset({ email: olga.email.toUpperCase() })).toEqual({});
      expect(await anonymous().password.requestReset({ email: "unknown@example.com" })).toEqual({});
      await world.deps.background.idle();
      expect(world.deps.mailer.sent).toMatchObject([{ to: olga.email, subject: "Новый пароль для Pult" }]);
      const link = world.deps.mailer.linkTo(olga.email);
      expect(link).toMatch(/^https:\/\/pult\.example\.com\/reset#token=/);
      const subject = await anonymous().password.checkReset({ token: tokenOf(link) });
      expect(subject).toEqual({ email: olga.email, name: "Ольга" });
    });

    it("answers before the look-up, so that its time reveals nothing", async () => {
      const olga = await world.makeAccount();
      const later: (() => Promise<unknown>)[] = [];
      const background = {
        run: (_: string, work: () => Promise<unknown>) => void later.push(work),
        idle: async () => {},
      };
      const db = new Proxy(world.deps.db, {
        get() {
          throw new Error("The database was asked before the answer");
        },
      });
      const { auth } = callerOf({ ...world.deps, db, background }, ANONYMOUS);
      for (const email of [olga.email, "unknown@example.com"])
        expect(await auth.password.requestReset({ email })).toEqual({});
      expect(later).toHaveLength(2);
    });

    it("sends three an hour, and none to a deactivated agent", async () => {
      const [olga, gone] = [await world.makeAccount(), await world.makeAccount()];
      await world.makeAccount({ role: "Admin" });
      await setDisabled(world.contextOf(SYSTEM), { personId: gone.personId, disabled: true });
      for (let at = 0; at < 5; at++) await anonymous().password.requestReset(olga);
      await anonymous().password.requestReset(gone);
      await world.deps.background.idle();
      expect(world.deps.mailer.sent.map(({ to }) => to)).toEqual([olga.email, olga.email, olga.email]);
      world.deps.clock.advance(HOUR_MS + 1);
      await anonymous().password.requestReset(olga);
      await world.deps.background.idle();
      expect(world.deps.mailer.sent).toHaveLength(4);
    });

    it("leaves a note for the Admin, and sends nothing, where mail is not configured", async () => {
      const olga = await world.makeAccount();
      const deps = { ...world.deps, mailer: null };
      expect(await callerOf(deps, ANONYMOUS).auth.password.requestReset(olga)).toEqual({});
      await world.deps.background.idle();
      expect(await world.deps.db.$count(oneTimeTokens)).toBe(0);
      expect(await world.listAudit("auth.resetRequested")).toMatchObject([
        { targetId: olga.personId, details: { mailed: false } },
      ]);
      expect(await callerOf(deps, ANONYMOUS).auth.methods()).toEqual({ passkey: true, telegram: false, mail: false });
    });

    it("counts as a try to sign in", async () => {
      const counted: string[] = [];
      const limitSignIn = async (email: string) => void counted.push(email);
      const { auth } = world.as(ANONYMOUS, undefined, { limitSignIn });
      await auth.password.requestReset({ email: "olga@example.com" });
      expect(counted).toEqual(["olga@example.com"]);
    });
  });

  describe("password.reset", () => {
    async function askFor({ email }: TestAccount): Promise<string> {
      await anonymous().password.requestReset({ email });
      await world.deps.background.idle();
      return tokenOf(world.deps.mailer.linkTo(email));
    }

    it("signs in with the new password and ends every other session", async () => {
      const { account: olga, browser: old } = await world.signedIn();
      const token = await askFor(olga);
      const browser = world.newBrowser();
      const me = await (await browser.api()).password.reset({ token, password: NEXT });
      expect(me).toMatchObject({ id: olga.personId, email: olga.email });
      expect([await kindOf(browser), await kindOf(old)]).toEqual(["agent", "anonymous"]);
      await anonymous().signIn({ ...olga, password: NEXT });
      await expect(anonymous().signIn(olga)).rejects.toMatchObject(refusal("UNAUTHORIZED"));
      const { sessions } = await (await browser.api()).sessions.list();
      expect(sessions.find(({ isCurrent }) => isCurrent)?.method).toBe("reset");
    });

    it("takes a link once, and none that was sent beside it", async () => {
      const olga = await world.makeAccount();
      const [first, second] = [await askFor(olga), await askFor(olga)];
      const results = await Promise.allSettled(
        [1, 2, 3].map(() => anonymous().password.reset({ token: first, password: NEXT })),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const token of [first, second])
        await expect(anonymous().password.reset({ token, password: "yet another one" })).rejects.toMatchObject(
          NOT_FOUND,
        );
      expect(await world.listAudit("auth.passwordReset")).toHaveLength(1);
    });

    it("accepts it for an hour, until the password changes or the agent is deactivated", async () => {
      const olga = await world.makeAccount();
      await world.makeAccount({ role: "Admin" });
      const stale = async (token: string) => {
        await expect(anonymous().password.checkReset({ token })).rejects.toMatchObject(NOT_FOUND);
        await expect(anonymous().password.reset({ token, password: NEXT })).rejects.toMatchObject(NOT_FOUND);
      };
      const tooOld = await askFor(olga);
      world.deps.clock.advance(HOUR_MS - 1);
      await anonymous().password.checkReset({ token: tooOld });
      world.deps.clock.advance(1);
      await stale(tooOld);
      const overtaken = await askFor(olga);
      const browser = await world.openBrowser(olga);
      await (await browser.api()).password.change({ current: olga.password, next: NEXT });
      await stale(overtaken);
      const late = await askFor(olga);
      await setDisabled(world.contextOf(SYSTEM), { personId: olga.personId, disabled: true });
      await stale(late);
      await stale("nonsense");
    });

    it("requires a code as sign-in does, and survives five wrong ones on a locked account", async () => {
      const olga = await world.makeAccount();
      const { secret } = await world.enableTotp(await world.openBrowser(olga));
      for (let at = 0; at < 6; at++) await guess(olga);
      const token = await askFor(olga);
      const reset = (code?: string) => anonymous().password.reset({ token, password: NEXT, code });
      await expect(reset()).rejects.toMatchObject(CODE_REQUIRED);
      const wrong = codeOf(secret, world.deps.now(), 30);
      for (let at = 0; at < 4; at++) await expect(reset(wrong)).rejects.toMatchObject(CODE_REQUIRED);
      expect(await reset(codeOf(secret, world.deps.now(), 1))).toMatchObject({ id: olga.personId });

      const second = await askFor(olga);
      const again = (code: string) => anonymous().password.reset({ token: second, password: NEXT, code });
      for (let at = 0; at < 5; at++) await expect(again(wrong)).rejects.toMatchObject(CODE_REQUIRED);
      world.deps.clock.advance(60_000);
      await expect(again(codeOf(secret, world.deps.now()))).rejects.toMatchObject(NOT_FOUND);
    });

    it("is nothing for a token of another purpose, nor is that used up", async () => {
      const { challenge } = await anonymous().passkeys.signInOptions();
      await expect(anonymous().password.reset({ token: challenge, password: NEXT })).rejects.toMatchObject(NOT_FOUND);
      const [row] = await world.deps.db
        .select()
        .from(oneTimeTokens)
        .where(eq(oneTimeTokens.purpose, "passkeyChallenge"));
      expect(row?.usedAt).toBeNull();
    });
  });

  it("profile.update renames the caller at once, on record", async () => {
    const { browser } = await world.signedIn();
    await (await browser.api()).profile.update({ name: "  Olga I.  " });
    expect((await (await browser.api()).me()).name).toBe("Olga I.");
    for (let at = 0; at < 2; at++) await (await browser.api()).profile.update({ name: "Olga I.", languageCode: "ru" });
    const changes = await world.listAudit("auth.profileChanged");
    expect(changes.map(({ details }) => details)).toEqual([{ name: "Olga I." }, { languageCode: "ru" }]);
    const update = (await browser.api()).profile.update({ name: "  " });
    await expect(update).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });
});

import { backupCodes, credentials } from "@pult/db/schema/auth.ts";
import { sql } from "drizzle-orm";
import { URI } from "otpauth";
import { describe, expect, it } from "vitest";
import { codeOf, type TestAccount, type TestBrowser } from "../../testing/browser.ts";
import { refusal } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

const CODE_REQUIRED = refusal("SECOND_FACTOR_REQUIRED");

describeOnDatabases("the second factor", (world) => {
  const now = () => world.deps.now();

  async function signIn({ email, password }: TestAccount, code?: string): Promise<TestBrowser> {
    const browser = world.newBrowser();
    await (await browser.api()).signIn({ email, password, code });
    return browser;
  }

  async function withTotp() {
    const { account, browser } = await world.signedIn();
    const totp = await world.enableTotp(browser);
    return { account, browser, ...totp };
  }

  describe("totp.begin", () => {
    it("makes what an authenticator app reads, and asks for nothing at sign-in yet", async () => {
      const { account, browser } = await world.signedIn();
      const { secret, uri } = await (await browser.api()).totp.begin();
      expect(URI.parse(uri)).toMatchObject({ issuer: "Pult", label: account.email, digits: 6, period: 30 });
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      expect(await signIn(account)).toHaveProperty("cookie", expect.stringMatching(/^ses_/));
      expect(JSON.stringify(await world.deps.db.select().from(credentials))).not.toContain(secret);
    });

    it("is a conflict while codes are on, as is confirming anew", async () => {
      const { browser, secret } = await withTotp();
      const api = await browser.api();
      await expect(api.totp.begin()).rejects.toMatchObject(refusal("CONFLICT"));
      await expect(api.totp.confirm({ code: codeOf(secret, now(), 1) })).rejects.toMatchObject(refusal("CONFLICT"));
    });
  });

  describe("totp.confirm", () => {
    it("refuses a code of another secret, and leaves codes off", async () => {
      const account = await world.makeAccount();
      const api = await (await world.openBrowser(account)).api();
      await expect(api.totp.confirm({ code: "123456" })).rejects.toMatchObject(refusal("CONFLICT"));
      const { secret: former } = await api.totp.begin();
      await api.totp.begin();
      await expect(api.totp.confirm({ code: codeOf(former, now()) })).rejects.toMatchObject(refusal("VALIDATION"));
      expect((await api.security()).totp).toEqual({ enabledAt: null, backupCodesLeft: 0 });
    });

    it("gives ten backup codes, stored as hashes, and says so by mail", async () => {
      const { account, browser, backupCodes: codes } = await withTotp();
      expect(codes).toHaveLength(10);
      for (const code of codes) expect(code).toMatch(/^[a-km-z2-9]{5}-[a-km-z2-9]{5}$/);
      const stored = JSON.stringify(await world.deps.db.select().from(backupCodes));
      for (const code of codes) expect(stored).not.toContain(code.replace("-", ""));
      const { totp } = await (await browser.api()).security();
      expect(totp).toEqual({ enabledAt: now().toISOString(), backupCodesLeft: 10 });
      expect(await world.listAudit("auth.totpEnabled")).toMatchObject([{ actorId: account.personId }]);
      await world.deps.background.idle();
      expect(world.deps.mailer.sent).toMatchObject([{ to: account.email }]);
    });
  });

  describe("signIn", () => {
    it("asks for a code once the password is right, in other words when it is wrong", async () => {
      const { account, secret } = await withTotp();
      const missing = await signIn(account).catch((error: unknown) => error);
      const wrong = await signIn(account, codeOf(secret, now(), 20)).catch((error: unknown) => error);
      expect(missing).toMatchObject({ ...CODE_REQUIRED, message: expect.stringContaining("Enter") });
      expect(wrong).toMatchObject({ ...CODE_REQUIRED, message: expect.stringContaining("wrong") });
      await expect(signIn({ ...account, password: "wrong" }, codeOf(secret, now(), 1))).rejects.toMatchObject(
        refusal("UNAUTHORIZED"),
      );
    });

    it("takes a clock that is half a minute off, and no more", async () => {
      const { account, secret } = await withTotp();
      world.deps.clock.advance(10 * 60_000);
      await signIn(account, codeOf(secret, now(), -1));
      await signIn(account, codeOf(secret, now(), 0));
      await signIn(account, codeOf(secret, now(), 1));
      for (const steps of [-2, 2])
        await expect(signIn(account, codeOf(secret, now(), steps))).rejects.toMatchObject(CODE_REQUIRED);
    });

    it("takes each code once, also the one that turned codes on, and none older than the last", async () => {
      const { account, secret } = await withTotp();
      const replay = (steps: number) =>
        expect(signIn(account, codeOf(secret, now(), steps))).rejects.toMatchObject(CODE_REQUIRED);
      await replay(0);
      await signIn(account, codeOf(secret, now(), 1));
      await replay(1);
      await replay(0);
      world.deps.clock.advance(60_000);
      const code = codeOf(secret, now());
      const results = await Promise.allSettled([1, 2, 3].map(() => signIn(account, code)));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    it("takes each backup code once, however it is written, and puts it on record", async () => {
      const { account, browser, backupCodes: codes } = await withTotp();
      const [first = "", second = ""] = codes;
      await signIn(account, first);
      await expect(signIn(account, first)).rejects.toMatchObject(CODE_REQUIRED);
      const typed = ` ${second.replace("-", " ").toUpperCase()}`;
      const results = await Promise.allSettled([1, 2, 3].map(() => signIn(account, typed)));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect((await (await browser.api()).security()).totp.backupCodesLeft).toBe(8);
      expect(await world.listAudit("auth.backupCodeUsed")).toHaveLength(2);
    });

    it("rejects another agent's backup code, and fails for a secret of another row", async () => {
      const [one, two] = [await withTotp(), await withTotp()];
      await expect(signIn(one.account, two.backupCodes[0])).rejects.toMatchObject(CODE_REQUIRED);
      await world.query(sql`update credentials set totp_secret = (select totp_secret from credentials where person_id = ${two.account.personId})
            where person_id = ${one.account.personId}`);
      await expect(signIn(one.account, codeOf(two.secret, now(), 1))).rejects.toMatchObject({
        code: "INTERNAL_SERVER_ERROR",
      });
    });
  });

  it("totp.renewBackupCodes issues ten new ones for a code, and the former ones stop working", async () => {
    const { account, browser, secret, backupCodes: former } = await withTotp();
    const api = await browser.api();
    await expect(api.totp.renewBackupCodes({ code: codeOf(secret, now(), 9) })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    const { backupCodes: codes } = await api.totp.renewBackupCodes({ code: codeOf(secret, now(), 1) });
    await expect(signIn(account, former[0])).rejects.toMatchObject(CODE_REQUIRED);
    await signIn(account, codes[0]);
    expect(await world.listAudit("auth.backupCodesRenewed")).toHaveLength(1);
  });

  it("totp.disable asks for password and code, and then signs in without one", async () => {
    const { account, browser, secret } = await withTotp();
    const { password } = account;
    const api = await browser.api();
    await expect(api.totp.disable({ password: "wrong", code: codeOf(secret, now(), 1) })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    await expect(api.totp.disable({ password, code: codeOf(secret, now(), 9) })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    await api.totp.disable({ password, code: codeOf(secret, now(), 1) });
    await signIn(account);
    expect((await api.security()).totp).toEqual({ enabledAt: null, backupCodesLeft: 0 });
    expect(await world.listAudit("auth.totpDisabled")).toHaveLength(1);
    await expect(api.totp.disable({ password, code: "123456" })).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(api.totp.renewBackupCodes({ code: "123456" })).rejects.toMatchObject(refusal("CONFLICT"));
  });
});

import { auditLog } from "@pult/db/schema/auth.ts";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { ANONYMOUS, keyWith, makeCustomer, SYSTEM } from "../../testing/factories.ts";
import { signInitData, type TelegramUser } from "../../testing/sign-init-data.ts";
import { describeOnBothDatabases, type TestWorld } from "../../testing/test-deps.ts";
import { ensureAgent } from "../team/ensure-agent.ts";
import { AGENT_SESSION_MS } from "./create-session.ts";
import { signInMiniApp } from "./mini-app.ts";
import { getMe } from "./profile.ts";
import { signIn, signOut } from "./sign-in.ts";

const UNAUTHORIZED = { code: "UNAUTHORIZED" };
const OLGA = { email: "olga@example.com", name: "Olga", role: "Moderator", password: "correct horse" } as const;

describeOnBothDatabases("auth", (world) => {
  const anonymous = () => world.contextOf(ANONYMOUS);
  const system = () => world.contextOf(SYSTEM);

  describe("signIn", () => {
    it("opens a session for 30 days, by the e-mail in any case", async () => {
      const personId = await ensureAgent(system(), OLGA);
      const { token, expiresAt, me } = await signIn(anonymous(), { ...OLGA, email: "OLGA@Example.com" });
      expect(me).toMatchObject({ kind: "agent", id: personId, email: OLGA.email, workspace: "Pult" });
      expect(expiresAt.getTime() - world.deps.now().getTime()).toBe(AGENT_SESSION_MS);
      expect(await world.actorOf(token)).toMatchObject({ kind: "agent", personId });
      const stored = JSON.stringify(await world.query(sql`select * from sessions`));
      expect(stored).not.toContain(token);
    });

    it("answers the same for a wrong e-mail, a wrong password and a disabled account", async () => {
      const personId = await ensureAgent(system(), OLGA);
      const failure = (email: string, password: string) =>
        signIn(anonymous(), { email, password }).catch((error: unknown) => error);
      const wrongEmail = await failure("unknown@example.com", OLGA.password);
      const wrongPassword = await failure(OLGA.email, "wrong");
      await world.deps.db.execute(sql`update credentials set disabled_at = now() where person_id = ${personId}`);
      const disabled = await failure(OLGA.email, OLGA.password);
      expect(wrongEmail).toMatchObject({ code: "UNAUTHORIZED", message: "Wrong e-mail or password" });
      expect([wrongPassword, disabled]).toEqual([wrongEmail, wrongEmail]);
      expect(await world.countRows("sessions")).toBe(0);
    });

    it("takes comparable work for an unknown e-mail", async () => {
      const known = ["a@example.com", "b@example.com", "c@example.com"];
      const warmUp = "w@example.com";
      for (const email of [...known, warmUp]) await ensureAgent(system(), { ...OLGA, email });
      // Work, not time: what other processes do does not count. Four tries each: the fifth would be the last that is looked at.
      const work = async (emails: readonly string[]) => {
        const start = process.cpuUsage();
        for (const email of emails)
          for (let tries = 0; tries < 4; tries++)
            await expect(signIn(anonymous(), { email, password: "wrong" })).rejects.toMatchObject(UNAUTHORIZED);
        return process.cpuUsage(start).user;
      };
      await work([warmUp, `un${warmUp}`]);
      const [forKnown, forUnknown] = [await work(known), await work(known.map((email) => `un${email}`))];
      expect(forKnown).toBeGreaterThan(0);
      // Without the decoy it is about 0.15; a known one is written down too, which costs an embedded database about as much.
      expect(forUnknown / forKnown).toBeGreaterThan(0.26);
    });

    it("counts the attempt before it looks, and sets the cookie only for the right password", async () => {
      await ensureAgent(system(), OLGA);
      const set: (string | null)[] = [];
      const counted: string[] = [];
      const caller = world.as(ANONYMOUS, undefined, {
        setSession: (token) => void set.push(token),
        limitSignIn: async (email) => void counted.push(email),
      });
      await expect(caller.auth.signIn({ email: OLGA.email, password: "wrong" })).rejects.toThrow();
      expect([set, counted]).toEqual([[], [OLGA.email]]);
      await caller.auth.signIn(OLGA);
      expect(set).toEqual([expect.stringMatching(/^ses_/)]);
    });
  });

  it("signOut ends the caller's session and no other", async () => {
    await ensureAgent(system(), OLGA);
    const [one, other] = [await signIn(anonymous(), OLGA), await signIn(anonymous(), OLGA)];
    await signOut(world.contextOf(await world.actorOf(one.token)));
    await expect(world.actorOf(one.token)).rejects.toMatchObject(UNAUTHORIZED);
    expect(await world.actorOf(other.token)).toMatchObject({ kind: "agent" });
    await signOut(anonymous());
  });

  it("getMe describes each kind of caller, and rejects the anonymous", async () => {
    const agent = await world.makeAgent({ role: "Admin" });
    expect(getMe(world.contextOf(agent))).toMatchObject({ kind: "agent", permissions: ["all"], namespace: null });
    const customer = makeCustomer({ name: null });
    expect(getMe(world.contextOf(customer))).toMatchObject({
      kind: "customer",
      name: customer.externalId,
      namespace: "app",
      role: "User",
    });
    expect(getMe(world.contextOf(keyWith("*")))).toMatchObject({ kind: "apiKey", permissions: [] });
    expect(() => getMe(anonymous())).toThrow(expect.objectContaining({ code: "UNAUTHORIZED" }));
  });

  describe("signInMiniApp", () => miniAppSuite(world));
});

function miniAppSuite(world: TestWorld): void {
  const open = (user: TelegramUser = { id: 77 }, at = world.deps.now()) =>
    signInMiniApp(world.contextOf(ANONYMOUS), { initData: signInitData(user, at) });

  it("opens a session of 12 hours for the user Telegram signed for", async () => {
    const { token, expiresAt, user } = await open();
    expect(user).toEqual({ id: "77", name: "Anna", username: null, languageCode: null });
    expect(new Date(expiresAt).getTime() - world.deps.now().getTime()).toBe(12 * 60 * 60_000);
    expect(await world.actorOf(token)).toMatchObject({ namespace: "telegram", externalId: "77" });
  });

  it("recognises the same user under a new name", async () => {
    await open();
    const { token } = await open({ id: 77, first_name: "Anja", username: "anja", language_code: "de" });
    expect(await world.countRows("people")).toBe(1);
    expect(await world.actorOf(token)).toMatchObject({ name: "Anja", languageCode: "de" });
  });

  it("is recorded, and so is its end, by the customer's id and not by name", async () => {
    const { token } = await open({ id: 77, first_name: "Anna", username: "anna" });
    await signOut(world.contextOf(await world.actorOf(token)));
    const entries = await world.deps.db.select().from(auditLog).orderBy(auditLog.id);
    expect(entries).toMatchObject([
      { action: "auth.signedIn", actorKind: "customer", actorId: "telegram:77", details: { method: "miniApp" } },
      { action: "auth.signedOut", actorKind: "customer", actorId: "telegram:77" },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/anna/i);
  });

  it("makes one person of a user who opens the app twice at once", async () => {
    expect(await Promise.all([1, 2, 3, 4].map(() => open()))).toHaveLength(4);
    expect(await world.countRows("people")).toBe(1);
    expect(await world.countRows("identities")).toBe(1);
  });

  it("refuses data older than an hour, forged data, and everything without a bot", async () => {
    const old = new Date(world.deps.now().getTime() - 60 * 60_000 - 1_000);
    await expect(open(undefined, old)).rejects.toMatchObject(UNAUTHORIZED);
    const ctx = world.contextOf(ANONYMOUS);
    const initData = signInitData({ id: 77 }, world.deps.now());
    await expect(signInMiniApp(ctx, { initData: initData.replace("77", "78") })).rejects.toMatchObject(UNAUTHORIZED);
    const botless = { ...ctx, config: { ...ctx.config, botToken: null } };
    await expect(signInMiniApp(botless, { initData })).rejects.toMatchObject(UNAUTHORIZED);
    expect(await world.countRows("sessions")).toBe(0);
  });

  it("accepts the same data until its session is signed out of", async () => {
    const [first, second] = [await open(), await open()];
    await signOut(world.contextOf(await world.actorOf(first.token)));
    await expect(open()).rejects.toMatchObject({ code: "UNAUTHORIZED", message: "Invalid init data" });
    await signOut(world.contextOf(await world.actorOf(second.token)));
    await expect(open()).rejects.toMatchObject({ code: "UNAUTHORIZED", message: "Invalid init data" });
    const later = new Date(world.deps.now().getTime() + 1_000);
    expect((await open(undefined, later)).user.id).toBe("77");
    const stored = JSON.stringify(await world.query(sql`select * from one_time_tokens`));
    expect(stored).not.toContain(first.token);
  });
}

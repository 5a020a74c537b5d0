import { auditLog, credentials, identities, oneTimeTokens, people, sessions } from "@pult/db/schema/auth.ts";
import { asc, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import type { Context } from "../../context.ts";
import type { DomainError } from "../../errors.ts";
import { mergePeople } from "../../people/merge.ts";
import { type Agent, ANONYMOUS, keyWith, makeCustomer } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { authError } from "../errors.ts";
import {
  beginTelegramLogin,
  finishTelegramLogin,
  type LoginProof,
  type TelegramIntent,
  type TelegramLogin,
} from "./telegram-login.ts";
import { linkTelegram, signInWithTelegram, type TelegramIdentity } from "./telegram-sign-in.ts";

const OLGA: TelegramIdentity = { id: "4711", name: "Olga T", username: "olga_t" };
const REDIRECT = "https://pult.example.com/auth/telegram/callback";
const SIGN_IN: TelegramIntent = { kind: "signIn", next: "/inbox" };

/** Telegram that knows one user, and gives out a code for what it was asked. */
class FakeTelegram implements TelegramLogin {
  readonly asked: (LoginProof & { state: string })[] = [];
  identity = OLGA;
  failure: DomainError | null = null;

  async addressOf(request: LoginProof & { state: string }): Promise<URL> {
    if (this.failure) throw this.failure;
    this.asked.push(request);
    return new URL(`https://telegram.example/auth?state=${request.state}`);
  }

  async redeem({ code, ...proof }: LoginProof & { code: string }): Promise<TelegramIdentity> {
    if (this.failure) throw this.failure;
    const [asked] = this.asked.slice(-1);
    expect(proof).toEqual({ redirectUri: REDIRECT, nonce: asked?.nonce, codeVerifier: asked?.codeVerifier });
    if (code !== "code") throw authError("telegramRefused");
    return this.identity;
  }
}

describeOnDatabases("Telegram Login", (world) => {
  const context = (actor: Actor = ANONYMOUS): Context => world.contextOf(actor);
  const audited = async () =>
    (await world.deps.db.select().from(auditLog).orderBy(asc(auditLog.id))).map(({ action }) => action);

  async function begin(telegram: FakeTelegram, intent = SIGN_IN, ctx = context()) {
    const { browserSecret } = await beginTelegramLogin(ctx, telegram, { intent, redirectUri: REDIRECT });
    const state = telegram.asked.at(-1)?.state ?? "";
    return { redirectUri: REDIRECT, state, code: "code", browserSecret } as const;
  }

  async function linked(): Promise<Agent> {
    const agent = await world.makeAgent({ role: "Moderator" });
    await linkTelegram(context(agent), OLGA);
    return agent;
  }

  describe("finishTelegramLogin", () => {
    it("signs in the agent who has linked it, which is on record", async () => {
      const agent = await linked();
      const telegram = new FakeTelegram();
      telegram.identity = { ...OLGA, username: "renamed" };
      const result = await finishTelegramLogin(context(), telegram, await begin(telegram));
      if (result.kind !== "entered") throw new Error(JSON.stringify(result));
      expect(await world.actorOf(result.token)).toMatchObject({ personId: agent.personId });
      expect(await world.deps.db.select().from(sessions)).toMatchObject([{ kind: "agent", method: "telegram" }]);
      expect(await audited()).toEqual(["auth.identityLinked", "auth.signedIn"]);
      expect(await world.as(agent).auth.telegram.get()).toMatchObject({ linked: { username: "renamed" } });
    });

    it("refuses whatever the browser did not begin, and what was shown before", async () => {
      await linked();
      const telegram = new FakeTelegram();
      const failed = { kind: "failed", error: "telegramFailed", intent: SIGN_IN };
      for (const change of [
        { browserSecret: null },
        { browserSecret: "another" },
        { state: "" },
        { state: "another" },
        { code: null },
        { code: "another" },
      ]) {
        const returned = { ...(await begin(telegram)), ...change };
        expect(await finishTelegramLogin(context(), telegram, returned), JSON.stringify(change)).toEqual(failed);
      }
      const returned = await begin(telegram);
      expect(await finishTelegramLogin(context(), telegram, returned)).toMatchObject({ kind: "entered" });
      expect(await finishTelegramLogin(context(), telegram, returned)).toEqual(failed);
      const late = await begin(telegram);
      world.deps.clock.advance(10 * 60_000);
      expect(await finishTelegramLogin(context(), telegram, late)).toEqual(failed);
      expect(await world.deps.db.select().from(sessions)).toHaveLength(1);
    });

    it("fails with a reason: not linked, deactivated, second factor, Telegram unavailable", async () => {
      const telegram = new FakeTelegram();
      const outcome = async () => finishTelegramLogin(context(), telegram, await begin(telegram));
      expect(await outcome()).toMatchObject({ error: "telegramUnknown" });
      const { personId } = await linked();
      const change = (set: Partial<typeof credentials.$inferInsert>) =>
        world.deps.db.update(credentials).set(set).where(eq(credentials.personId, personId));
      await change({ disabledAt: new Date() });
      expect(await outcome()).toMatchObject({ error: "telegramUnknown" });
      await change({ disabledAt: null, totpEnabledAt: new Date() });
      expect(await outcome()).toMatchObject({ error: "telegramNeedsCode" });
      await change({ totpEnabledAt: null });
      const returned = await begin(telegram);
      telegram.failure = authError("telegramUnavailable");
      expect(await finishTelegramLogin(context(), telegram, returned)).toMatchObject({ error: "telegramUnavailable" });
      await expect(begin(telegram)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      expect(await world.deps.db.select().from(sessions)).toEqual([]);
      const stranger = { actorKind: "customer", actorId: `telegram:${OLGA.id}`, details: { what: "telegram" } };
      expect(await world.listAudit("auth.signInFailed")).toMatchObject([
        { ...stranger, targetId: null },
        { ...stranger, targetId: personId },
      ]);
    });

    it("keeps neither nonce nor verifier nor the browser's secret", async () => {
      const telegram = new FakeTelegram();
      const { state, browserSecret } = await begin(telegram);
      const stored = JSON.stringify(await world.deps.db.select().from(oneTimeTokens));
      const { nonce = "", codeVerifier = "" } = telegram.asked[0] ?? {};
      for (const secret of [state, browserSecret, nonce, codeVerifier]) {
        expect(secret).toMatch(/^[\w-]{43}$/);
        expect(stored).not.toContain(secret);
      }
      expect(new Set([state, browserSecret, nonce, codeVerifier]).size).toBe(4);
    });

    it("opens a customer's session for every Telegram user who returns to the Mini App", async () => {
      const telegram = new FakeTelegram();
      const intent = { kind: "customer", next: "/app" } as const;
      for (let visit = 0; visit < 2; visit++) {
        const result = await finishTelegramLogin(context(), telegram, await begin(telegram, intent));
        if (result.kind !== "entered") throw new Error(JSON.stringify(result));
        expect(await world.actorOf(result.token)).toMatchObject({
          kind: "customer",
          namespace: "telegram",
          externalId: "4711",
          name: "Olga T",
        });
      }
      expect(await world.deps.db.select().from(identities)).toMatchObject([{ externalId: "4711", proven: true }]);
      expect(await world.deps.db.select().from(auditLog)).toMatchObject([
        { action: "auth.signedIn", actorKind: "customer", actorId: "telegram:4711", actorName: "4711" },
        { action: "auth.signedIn" },
      ]);
    });

    it("keeps a customer's language when Telegram sends none", async () => {
      const { db } = world.deps;
      const [person] = await db.insert(people).values({ name: "Olga", languageCode: "ru" }).returning();
      const personId = person?.id ?? "";
      await db.insert(identities).values({ namespace: "telegram", externalId: "4711", personId });
      const telegram = new FakeTelegram();
      await finishTelegramLogin(context(), telegram, await begin(telegram, { kind: "customer", next: "/app" }));
      expect(await db.select().from(people)).toMatchObject([{ name: "Olga T", languageCode: "ru" }]);
    });
  });

  describe("linkTelegram", () => {
    const intent: TelegramIntent = { kind: "link", next: "/settings/security" };

    it("is for the agent, and the session, that began it", async () => {
      const agent = await world.makeAgent();
      const other = await world.makeAgent();
      const telegram = new FakeTelegram();
      const failed = { kind: "failed", error: "telegramFailed", intent };
      for (const actor of [ANONYMOUS, other, { ...agent, sessionId: other.sessionId }, makeCustomer()]) {
        const returned = await begin(telegram, intent, context(agent));
        expect(await finishTelegramLogin(context(actor), telegram, returned)).toEqual(failed);
      }
      const returned = await begin(telegram, intent, context(agent));
      expect(await finishTelegramLogin(context(agent), telegram, returned)).toEqual({ kind: "linked", intent });
      expect(await world.as(agent).auth.telegram.get()).toEqual({
        isConfigured: false,
        linked: { id: "4711", username: "olga_t" },
      });
    });

    it("refuses strangers before anything begins", async () => {
      const telegram = new FakeTelegram();
      await expect(begin(telegram, intent)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
      for (const actor of [makeCustomer(), keyWith("*")])
        await expect(begin(telegram, intent, context(actor))).rejects.toMatchObject({ code: "FORBIDDEN" });
      expect(telegram.asked).toEqual([]);
    });

    it("gives one Telegram user to one agent, also of two at once; the first can let go of it", async () => {
      const agents = await Promise.all([world.makeAgent(), world.makeAgent()]);
      const outcomes = await Promise.allSettled(agents.map((agent) => linkTelegram(context(agent), OLGA)));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const winner = agents[outcomes.findIndex(({ status }) => status === "fulfilled")] ?? agents[0];
      const loser = agents.find((agent) => agent !== winner) ?? agents[0];
      const telegram = new FakeTelegram();
      const returned = await begin(telegram, intent, context(loser));
      expect(await finishTelegramLogin(context(loser), telegram, returned)).toMatchObject({ error: "telegramTaken" });
      await world.as(winner).auth.telegram.unlink();
      await world.as(winner).auth.telegram.unlink();
      await linkTelegram(context(loser), OLGA);
      await expect(linkTelegram(context(winner), OLGA)).rejects.toMatchObject({ code: "CONFLICT" });
      expect(await audited()).toEqual(["auth.identityLinked", "auth.identityUnlinked", "auth.identityLinked"]);
    });

    it("leaves the customer of the same Telegram user unchanged", async () => {
      const telegram = new FakeTelegram();
      await finishTelegramLogin(context(), telegram, await begin(telegram, { kind: "customer", next: "/app" }));
      const before = await world.deps.db.select().from(identities);
      const agent = await linked();
      expect(await world.deps.db.select().from(identities)).toEqual(before);
      expect(before[0]?.personId).not.toBe(agent.personId);
    });

    it("is required: a customer merged into an agent by mistake cannot sign in as the agent", async () => {
      const telegram = new FakeTelegram();
      await finishTelegramLogin(context(), telegram, await begin(telegram, { kind: "customer", next: "/app" }));
      const agent = await world.makeAgent({ role: "Admin" });
      const [identity] = await world.deps.db.select().from(identities);
      await mergePeople(context(agent), { keepId: agent.personId, mergeId: identity?.personId ?? "" });
      await expect(signInWithTelegram(context(), OLGA)).rejects.toMatchObject({ code: "NOT_FOUND" });
      // Nor does the agent take the customer's name.
      await finishTelegramLogin(context(), telegram, await begin(telegram, { kind: "customer", next: "/app" }));
      const [row] = await world.deps.db.select().from(people).where(eq(people.id, agent.personId));
      expect(row?.name).toBe(agent.name);
    });
  });
});

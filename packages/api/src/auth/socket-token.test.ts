import { credentials, identities, people } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { decodeJwt, type JWTPayload, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import type { TokenAudience } from "../domains.ts";
import { ANONYMOUS, keyWith, makeCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { signOut } from "./account/sign-in.ts";
import { type Role, TOKEN_AUDIENCES } from "./schema.ts";

const UNAUTHORIZED = { code: "UNAUTHORIZED" };
const FORBIDDEN = refusal("FORBIDDEN");

describeOnDatabases("auth.socketToken", (world) => {
  const ask = (actor: Actor, audience: TokenAudience, more: { userId?: string; name?: string } = {}) =>
    world.as(actor).auth.socketToken({ audience, ...more });
  const claimsOf = async (token: Promise<{ token: string }>) => decodeJwt((await token).token);

  async function agentWith(role: Role) {
    const { personId } = await world.makeAgent({ role });
    return world.actorOf((await world.openSession(personId)).token);
  }

  async function telegramUser(role: Role, externalId = "77") {
    const { people } = world.as(SYSTEM).auth;
    const { personId } = await people.grant({ namespace: "telegram", externalId, role });
    return { personId, actor: await world.actorOf(await world.openMiniApp({ id: Number(externalId) })) };
  }

  it("acts as its session, for one audience and ten minutes", async () => {
    const agent = await agentWith("Moderator");
    const { token, expiresAt } = await ask(agent, "chats");
    expect(decodeJwt(token)).toMatchObject({ aud: "chats", sub: (agent as { personId: string }).personId });
    expect(new Date(expiresAt).getTime() - world.deps.now().getTime()).toBe(10 * 60_000);
    expect(await world.actorOf(token, "chats")).toEqual(agent);
    for (const other of ["support", "trading", "notifications", "miniApp", "trpc"] as const)
      await expect(world.actorOf(token, other)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("ends with its session, before its own time", async () => {
    const agent = await agentWith("Admin");
    const { token } = await ask(agent, "trading");
    await signOut(world.contextOf(agent));
    await expect(world.actorOf(token, "trading")).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("cannot be forged with the signing secret: its session is sealed for one audience and time", async () => {
    const agent = await agentWith("Admin");
    const { token } = await ask(agent, "chats");
    const { sid, exp = 0 } = decodeJwt(token);
    const { sessionId } = agent as { sessionId: string };
    expect(sid).not.toContain(sessionId);
    const forge = (claims: JWTPayload) =>
      new SignJWT({ sub: "u1", ...claims }).setProtectedHeader({ alg: "HS256" }).sign(world.deps.config.jwtSecret);
    for (const claims of [
      { sid: sessionId, aud: "chats", exp },
      { sid, aud: "chats", exp: exp + 600 },
      { sid, aud: "trading", exp },
      { sid: [sid], aud: "chats", exp },
      { sid: "", aud: "chats", exp },
    ])
      for (const audience of ["chats", "trading"] as const)
        await expect(world.actorOf(await forge(claims), audience)).rejects.toMatchObject(UNAUTHORIZED);
    expect(await world.actorOf(await forge({ sid, aud: "chats", exp }), "chats")).toEqual(agent);
  });

  it("of a Telegram user is not the app user of the same id", async () => {
    const { actor } = await telegramUser("User");
    const { token } = await ask(actor, "support");
    expect(await world.actorOf(token, "support")).toMatchObject({ namespace: "telegram", externalId: "77" });
  });

  it("is made by a server's key for the app user it names", async () => {
    const claims = await claimsOf(ask(keyWith("support:write"), "support", { userId: "u1", name: "Anna" }));
    expect(claims).toMatchObject({ sub: "u1", userId: "u1", name: "Anna", aud: "support" });
    const { token } = await ask(keyWith("support:write"), "support", { userId: "u1" });
    expect(await world.actorOf(token, "support")).toMatchObject({ namespace: "app", externalId: "u1" });
    await expect(ask(keyWith("support:read"), "support", { userId: "u1" })).rejects.toMatchObject(FORBIDDEN);
    await expect(ask(keyWith("support:write"), "trading", { userId: "u1" })).rejects.toMatchObject(FORBIDDEN);
    await expect(ask(keyWith("*"), "support")).rejects.toMatchObject(refusal("VALIDATION"));
  });

  it("never outlives the token it was asked for with", async () => {
    const until = new Date(world.deps.now().getTime() + 60_000);
    const { expiresAt } = await ask(makeCustomer({ proof: { kind: "token", expiresAt: until } }), "support");
    expect(expiresAt).toBe(until.toISOString());
  });

  describe.each(["notifications", "chats"] as const)("staff's protocol %s", (audience) => {
    it("is open to agents and to Mini App users whose role is above User", async () => {
      await ask(await agentWith("Moderator"), audience);
      await ask((await telegramUser("Moderator")).actor, audience);
      await expect(ask((await telegramUser("User", "78")).actor, audience)).rejects.toMatchObject(FORBIDDEN);
      await expect(ask((await telegramUser("VIP", "79")).actor, audience)).rejects.toMatchObject(FORBIDDEN);
    });

    it("is closed to the role User also when a server asks", async () => {
      const key = keyWith(`${audience}:write`);
      await expect(ask(key, audience, { userId: "u1" })).rejects.toMatchObject(FORBIDDEN);
      const { personId } = await telegramUser("User");
      await world.deps.db.insert(identities).values({ namespace: "app", externalId: "u1", personId });
      await expect(ask(key, audience, { userId: "u1" })).rejects.toMatchObject(FORBIDDEN);
      await world.deps.db.update(people).set({ role: "Moderator" }).where(eq(people.id, personId));
      expect(await claimsOf(ask(key, audience, { userId: "u1" }))).toMatchObject({ sub: "u1" });
    });

    it("rejects a deactivated agent, also by another identity", async () => {
      const { personId } = await world.makeAgent({ role: "Admin" });
      await world.deps.db.insert(identities).values({ namespace: "app", externalId: "u1", personId });
      const key = keyWith(`${audience}:write`);
      expect(await claimsOf(ask(key, audience, { userId: "u1" }))).toMatchObject({ sub: "u1" });
      await world.deps.db.update(credentials).set({ disabledAt: world.deps.now() });
      await expect(ask(key, audience, { userId: "u1" })).rejects.toMatchObject(FORBIDDEN);
    });
  });

  it.each(TOKEN_AUDIENCES)(
    "for %s rejects anonymous callers, bare ids, and callers who name another user",
    async (audience) => {
      await expect(ask(ANONYMOUS, audience)).rejects.toMatchObject({ cause: UNAUTHORIZED });
      await expect(ask(await agentWith("User"), audience)).rejects.toMatchObject(FORBIDDEN);
      await expect(ask(await agentWith("Admin"), audience, { userId: "u1" })).rejects.toMatchObject(FORBIDDEN);
      const bare = await ask(makeCustomer(), audience).catch((error: { cause: { code: string } }) => error.cause.code);
      expect(["UNAUTHORIZED", "FORBIDDEN"]).toContain(bare);
    },
  );

  it("stops working when the role is taken away", async () => {
    const agent = await agentWith("Moderator");
    const { token } = await ask(agent, "chats");
    await world.deps.db.execute(sql`update people set role = 'User'`);
    expect(await world.actorOf(token, "chats")).toMatchObject({ role: "User", scopes: [] });
  });
});

import { people, sessions } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { base64url, exportPKCS8, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { storeApiKey } from "../testing/factories.ts";
import { describeOnDatabases, type TestDeps, type TestWorld } from "../testing/test-deps.ts";
import { type Audience, actorOfToken } from "./actors.ts";
import { hashToken, newApiKey, newSessionToken } from "./tokens.ts";

const UNAUTHORIZED = { code: "UNAUTHORIZED" };
const CUSTOMER = { kind: "customer", namespace: "telegram", externalId: "77" } as const;
const HOUR_MS = 60 * 60_000;
const ADMIN_KEY = `pult_${"a".repeat(43)}`;

describeOnDatabases("actorOfToken", { config: { adminKey: ADMIN_KEY } }, (world) => {
  const actorOf = (token: string, audience: Audience = "trpc") => world.actorOf(token, audience);
  describe("for a session", () => sessionSuite(world, actorOf));
  describe("for an API key", () => apiKeySuite(world, actorOf));
  describe("for a JWT", () => jwtSuite(world, actorOf));

  it("knows the bootstrap key by the letter, with every scope", async () => {
    expect(await actorOf(ADMIN_KEY)).toMatchObject({ kind: "apiKey", keyId: "bootstrap", scopes: ["*"] });
    await expect(actorOf(`pult_${"b".repeat(43)}`)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it.each(["", "x", "a.b.c", "null", "undefined", "'; drop table sessions; --"])("refuses %j", async (token) => {
    await expect(actorOf(token)).rejects.toMatchObject(UNAUTHORIZED);
  });
});

type ActorOf = (token: string, audience?: Audience) => ReturnType<typeof actorOfToken>;

async function openSession(deps: TestDeps, values: Partial<typeof sessions.$inferInsert> & { personId: string }) {
  const token = newSessionToken();
  const now = deps.now();
  await deps.db.insert(sessions).values({
    tokenHash: hashToken(token),
    kind: "agent",
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + HOUR_MS),
    ...values,
  });
  return token;
}

function sessionSuite(world: TestWorld, actorOf: ActorOf): void {
  it("is the agent, with their present role and permissions", async () => {
    const agent = await world.makeAgent({ role: "Moderator" });
    const token = await openSession(world.deps, agent);
    expect(await actorOf(token)).toMatchObject({
      kind: "agent",
      personId: agent.personId,
      permissions: ["mute", "warn"],
    });
    await world.deps.db.update(people).set({ role: "Admin" }).where(eq(people.id, agent.personId));
    expect(await actorOf(token)).toMatchObject({ role: "Admin", permissions: ["all"] });
  });

  it("is the Telegram customer of a Mini App session", async () => {
    const { personId } = await world.makeAgent({ name: "Anna" });
    const token = await openSession(world.deps, { personId, ...CUSTOMER });
    expect(await actorOf(token)).toMatchObject({ ...CUSTOMER, name: "Anna" });
  });

  it("refuses one that is revoked", async () => {
    const agent = await world.makeAgent();
    const token = await openSession(world.deps, { ...agent, revokedAt: world.deps.now() });
    await expect(actorOf(token)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("refuses one that expires while it is used", async () => {
    const { personId } = await world.makeAgent();
    const token = await openSession(world.deps, { personId });
    world.deps.clock.advance(HOUR_MS - 1);
    await actorOf(token);
    world.deps.clock.advance(1);
    await expect(actorOf(token)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("refuses a disabled agent's, from the next call on", async () => {
    const agent = await world.makeAgent();
    const token = await openSession(world.deps, agent);
    await actorOf(token);
    await world.deps.db.execute(sql`update credentials set disabled_at = now() where person_id = ${agent.personId}`);
    await expect(actorOf(token)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("of a customer who is a deactivated agent has the role User", async () => {
    const { personId } = await world.makeAgent({ role: "Admin" });
    const token = await openSession(world.deps, { personId, ...CUSTOMER });
    expect(await actorOf(token)).toMatchObject({ proof: { role: "Admin", permissions: ["all"] } });
    await world.deps.db.execute(sql`update credentials set disabled_at = now() where person_id = ${personId}`);
    expect(await actorOf(token)).toMatchObject({ proof: { role: "User", permissions: [] } });
  });

  it("rejects an unknown one, and a customer's without an identity", async () => {
    await expect(actorOf(newSessionToken())).rejects.toMatchObject(UNAUTHORIZED);
    const { personId } = await world.makeAgent();
    const token = await openSession(world.deps, { personId, kind: "customer" });
    await expect(actorOf(token)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("is noted as seen at most once a minute", async () => {
    const token = await openSession(world.deps, await world.makeAgent());
    const start = world.deps.now().getTime();
    const seenAfter = async (ms: number) => {
      world.deps.clock.set(new Date(start + ms).toISOString());
      await actorOf(token);
      const [row] = await world.deps.db.select({ at: sessions.lastSeenAt }).from(sessions);
      return (row?.at.getTime() ?? 0) - start;
    };
    expect(await seenAfter(60_000)).toBe(0);
    expect(await seenAfter(60_001)).toBe(60_001);
  });
}

function apiKeySuite(world: TestWorld, actorOf: ActorOf): void {
  it("is the key, with its scopes, and is noted as used", async () => {
    const { id, key } = await world.storeApiKey({ scopes: ["support:read", "chats:write"] });
    expect(await actorOf(key)).toEqual({
      kind: "apiKey",
      keyId: id,
      name: "Shop server",
      scopes: ["support:read", "chats:write"],
    });
    const rows = await world.query<{ used: boolean }>(sql`select last_used_at is not null as used from api_keys`);
    expect(rows).toEqual([{ used: true }]);
  });

  it("refuses one that is unknown, revoked or expired", async () => {
    const { deps } = world;
    await expect(actorOf(newApiKey())).rejects.toMatchObject(UNAUTHORIZED);
    await expect(actorOf((await storeApiKey(deps, { revokedAt: deps.now() })).key)).rejects.toMatchObject(UNAUTHORIZED);
    const { key } = await storeApiKey(deps, { expiresAt: new Date(deps.now().getTime() + 1_000) });
    await actorOf(key);
    deps.clock.advance(1_000);
    await expect(actorOf(key)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("asks the database nothing for a key whose checksum is wrong", async () => {
    const { key } = await world.storeApiKey();
    const flipped = key.endsWith("0") ? `${key.slice(0, -1)}1` : `${key.slice(0, -1)}0`;
    const db = new Proxy(world.deps.db, {
      get() {
        throw new Error("The database was asked");
      },
    });
    await expect(actorOfToken({ ...world.deps, db }, flipped, "trpc")).rejects.toMatchObject(UNAUTHORIZED);
    await expect(actorOfToken({ ...world.deps, db }, key, "trpc")).rejects.toThrow("The database was asked");
  });
}

function jwtSuite(world: TestWorld, actorOf: ActorOf): void {
  const seconds = (fromNow: number) => Math.floor(world.deps.now().getTime() / 1000) + fromNow;
  const sign = (claims: Record<string, unknown>, secret = world.deps.config.jwtSecret, alg = "HS256") =>
    new SignJWT({ exp: seconds(60), ...claims }).setProtectedHeader({ alg }).sign(secret);

  it.each<[string, Record<string, unknown>]>([
    ["sub", { sub: "u1" }],
    ["userId", { userId: "u1" }],
    ["both, agreeing", { sub: "u1", userId: "u1" }],
  ])("is the app customer whom %s names", async (_, claims) => {
    expect(await actorOf(await sign({ ...claims, name: "Anna" }))).toEqual({
      kind: "customer",
      namespace: "app",
      externalId: "u1",
      name: "Anna",
      username: null,
      languageCode: null,
      proof: { kind: "token", expiresAt: new Date(seconds(60) * 1000) },
    });
  });

  it("reads a number in userId as its digits", async () => {
    expect(await actorOf(await sign({ userId: 42, sub: "42" }))).toMatchObject({ externalId: "42" });
  });

  it("accepts a token for this audience, for several, and without an audience", async () => {
    expect(await actorOf(await sign({ sub: "u1", aud: "support" }), "support")).toMatchObject({ externalId: "u1" });
    expect(await actorOf(await sign({ sub: "u1", aud: ["x", "trpc"] }), "trpc")).toMatchObject({ externalId: "u1" });
    expect(await actorOf(await sign({ sub: "u1" }), "support")).toMatchObject({ externalId: "u1" });
  });

  it.each<[string, Record<string, unknown>]>([
    ["for another audience", { sub: "u1", aud: "support" }],
    ["for an empty audience", { sub: "u1", aud: [] }],
    ["without an id", {}],
    ["with an empty sub", { sub: "" }],
    ["with a userId of null", { userId: null }],
    ["with a userId that is an object", { userId: { id: "u1" } }],
    ["with a userId that is a list", { userId: ["u1"] }],
    ["with a userId of true", { userId: true }],
    ["that names two", { sub: "u1", userId: "u2" }],
    ["with a NUL in its name", { sub: "u\u00001" }],
    ["with half a surrogate pair", { sub: "u\ud800" }],
    ["with a name of 129 characters", { sub: "u".repeat(129) }],
    ["without exp", { sub: "u1", exp: undefined }],
    ["with an exp of text", { sub: "u1", exp: "tomorrow" }],
  ])("refuses one %s", async (_, claims) => {
    await expect(actorOf(await sign(claims))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("refuses one from the second it expires, and one that is not valid yet", async () => {
    const token = await sign({ sub: "u1", exp: seconds(60) });
    world.deps.clock.advance(59_000);
    await actorOf(token);
    world.deps.clock.advance(1_000);
    await expect(actorOf(token)).rejects.toMatchObject(UNAUTHORIZED);
    await expect(actorOf(await sign({ sub: "u1", nbf: seconds(60) }))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("refuses alg none, in every spelling", async () => {
    const unsecured = new UnsecuredJWT({ sub: "u1", exp: seconds(60) }).encode();
    await expect(actorOf(unsecured)).rejects.toMatchObject(UNAUTHORIZED);
    for (const alg of ["none", "None", "NONE", ""]) {
      const [, payload, signature] = (await sign({ sub: "u1" })).split(".");
      const header = base64url.encode(JSON.stringify({ alg, typ: "JWT" }));
      await expect(actorOf(`${header}.${payload}.${signature}`)).rejects.toMatchObject(UNAUTHORIZED);
    }
  });

  it("refuses RS256, also when it is signed with the secret as if that were a key", async () => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const signed = await new SignJWT({ sub: "u1", exp: seconds(60) })
      .setProtectedHeader({ alg: "RS256" })
      .sign(privateKey);
    await expect(actorOf(signed)).rejects.toMatchObject(UNAUTHORIZED);
    const pem = new TextEncoder().encode(await exportPKCS8(privateKey));
    await expect(actorOf(await sign({ sub: "u1" }, pem))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("refuses the right secret under another algorithm, and another secret", async () => {
    const { jwtSecret } = world.deps.config;
    for (const alg of ["HS384", "HS512"]) {
      await expect(actorOf(await sign({ sub: "u1" }, jwtSecret, alg))).rejects.toMatchObject(UNAUTHORIZED);
    }
    const other = new TextEncoder().encode("x".repeat(64));
    await expect(actorOf(await sign({ sub: "u1" }, other))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("refuses one with a changed payload", async () => {
    const [header, , signature] = (await sign({ sub: "u1" })).split(".");
    const payload = base64url.encode(JSON.stringify({ sub: "u2", exp: seconds(60) }));
    await expect(actorOf(`${header}.${payload}.${signature}`)).rejects.toMatchObject(UNAUTHORIZED);
  });
}

import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { tokenOf } from "../testing/browser.ts";
import { ANONYMOUS, keyWith, refusal } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { rightsChangedTopic } from "./events.ts";

const FORBIDDEN = refusal("FORBIDDEN");

describeOnDatabases("apiKeys", (world) => {
  const api = (actor: Actor) => world.as(actor).auth.apiKeys;
  const makeAdmin = (name = "Vera") => world.makeAgent({ name, role: "Admin" });

  it("show by their first characters which they are, who made them, and their limit", async () => {
    const admin = await makeAdmin();
    const { key } = await api(admin).create({ name: "Shop", scopes: ["support:write"], limitPerMinute: 600 });
    await api(await world.storedKeyWith("*")).create({ name: "By a key", scopes: ["*"] });
    const { apiKeys } = await api(admin).list();
    expect(apiKeys.find(({ name }) => name === "Shop")).toMatchObject({
      hint: key.slice(0, 9),
      limitPerMinute: 600,
      createdByName: "Vera",
    });
    expect(apiKeys.find(({ name }) => name === "By a key")).toMatchObject({
      hint: expect.stringMatching(/^pult_.{4}$/),
      limitPerMinute: null,
      createdByName: null,
    });
    expect(await world.actorOf(key)).toMatchObject({ limitPerMinute: 600 });
  });

  it("hold their scopes, and are stored as a hash only", async () => {
    const admin = await makeAdmin();
    const { id, key } = await api(admin).create({ name: "Shop", scopes: ["support:write"] });
    expect(await world.actorOf(key)).toEqual({ kind: "apiKey", keyId: id, name: "Shop", scopes: ["support:write"] });
    expect(JSON.stringify(await world.query(sql`select * from api_keys`))).not.toContain(key.slice(5, 48));
  });

  it.each<[string, object]>([
    ...[0, -1, 1.5, 1_000_001].map((limitPerMinute): [string, object] => [
      `a limit of ${limitPerMinute}`,
      { limitPerMinute },
    ]),
    ["no scope", { scopes: [] }],
    ["an unknown scope", { scopes: ["support:delete"] }],
    ["a blank name", { name: "  " }],
    ["a NUL in the name", { name: "a\u0000b" }],
    ["an expiry that is no instant", { expiresAt: "tomorrow" }],
  ])("refuse %s", async (_, input) => {
    const create = api(keyWith("*")).create({ name: "Shop", scopes: ["*"], ...input });
    await expect(create).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  it("refuse an expiry that has passed", async () => {
    const input = { name: "Shop", scopes: ["*" as const], expiresAt: world.deps.now().toISOString() };
    await expect(api(keyWith("*")).create(input)).rejects.toMatchObject(refusal("VALIDATION"));
  });

  it("are listed without what they are, and revoked for good", async () => {
    const admin = await makeAdmin();
    const { id, key } = await api(admin).create({ name: "Shop", scopes: ["support:read"] });
    const { apiKeys } = await api(admin).list();
    expect(apiKeys).toMatchObject([{ id, name: "Shop", scopes: ["support:read"], revokedAt: null }]);
    expect(JSON.stringify(apiKeys)).not.toContain(key.slice(5, 20));
    await api(admin).revoke({ id });
    await expect(world.actorOf(key)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    const told = world.deps.bus.latest.filter(({ topic }) => topic === rightsChangedTopic.name(`key:${id}`));
    expect(told).toHaveLength(1);
    const revoked = await api(admin).list();
    world.deps.clock.advance(1_000);
    await api(admin).revoke({ id });
    expect(await api(admin).list()).toEqual(revoked);
    const unknown = api(admin).revoke({ id: crypto.randomUUID() });
    await expect(unknown).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("cannot be created by an agent deactivated meanwhile, nor by the agent's keys", async () => {
    const [vera, zoe] = [await makeAdmin("Vera"), await makeAdmin("Zoe")];
    const { key } = await api(zoe).create({ name: "Hers", scopes: ["*"] });
    const byKey = await world.actorOf(key);
    await world.as(vera).auth.team.setDisabled({ personId: zoe.personId, disabled: true });
    for (const actor of [zoe, byKey])
      await expect(api(actor).create({ name: "Late", scopes: ["*"] })).rejects.toMatchObject(refusal("UNAUTHORIZED"));
    expect((await api(vera).list()).apiKeys.map(({ name }) => name)).toEqual(["Hers"]);
  });

  it("are created with the caller's present rights, not those at authentication", async () => {
    const [vera, zoe] = [await makeAdmin("Vera"), await makeAdmin("Zoe")];
    const team = world.as(zoe).auth.team;
    await world.as(vera).auth.team.setRole({ personId: zoe.personId, role: "Moderator" });
    await expect(api(zoe).create({ name: "Late", scopes: ["support:read"] })).rejects.toMatchObject(FORBIDDEN);
    await expect(team.resetLink({ personId: vera.personId })).rejects.toMatchObject(FORBIDDEN);
    const key = await world.storedKeyWith("*");
    await api(vera).revoke({ id: key.keyId });
    for (const late of [
      () => api(key).create({ name: "Late", scopes: ["*"] }),
      () => world.as(key).auth.team.resetLink({ personId: zoe.personId }),
      () => world.as(key).auth.team.invite({ email: "late@example.com", role: "User" }),
    ])
      await expect(late()).rejects.toMatchObject(refusal("UNAUTHORIZED"));
  });

  describe("made by a key", () => {
    const END = "2026-03-11T12:00:00.000Z";

    async function makeParent() {
      const admin = await makeAdmin();
      const input = { name: "Parent", scopes: ["*" as const], expiresAt: END, limitPerMinute: 100 };
      const { key } = await api(admin).create(input);
      return { admin, parent: api(await world.actorOf(key)) };
    }

    it("end with it when it is revoked, and theirs too, and the links of all of them", async () => {
      const { admin, parent } = await makeParent();
      const { key: childKey, id: childId } = await parent.create({ name: "Child", scopes: ["*"] });
      const child = await world.actorOf(childKey);
      const { key: grandchildKey } = await api(child).create({ name: "Grandchild", scopes: ["support:read"] });
      const bystander = await api(admin).create({ name: "Bystander", scopes: ["*"] });
      const { personId } = await makeAdmin("Zoe");
      const { url } = await world.as(child).auth.team.resetLink({ personId });
      const token = tokenOf(url);
      const anonymous = world.as(ANONYMOUS).auth.password;
      await anonymous.checkReset({ token });
      const [{ id: parentId = "" } = {}] = (await api(admin).list()).apiKeys.filter(({ name }) => name === "Parent");
      await api(admin).revoke({ id: parentId });
      for (const ended of [childKey, grandchildKey])
        await expect(world.actorOf(ended)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
      await world.actorOf(bystander.key);
      await expect(anonymous.checkReset({ token })).rejects.toMatchObject(refusal("NOT_FOUND"));
      expect((await world.listAudit("auth.keyRevoked")).map(({ targetName }) => targetName)).toEqual([
        "Parent",
        "Child",
        "Grandchild",
      ]);
      expect(world.deps.bus.latest.map(({ topic }) => topic)).toContain(rightsChangedTopic.name(`key:${childId}`));
    });

    it("end with it and call no more often, unless they are asked to be less", async () => {
      const { admin, parent } = await makeParent();
      await parent.create({ name: "Same", scopes: ["support:read"] });
      const less = { expiresAt: "2026-03-11T11:00:00.000Z", limitPerMinute: 1 };
      await parent.create({ name: "Less", scopes: ["support:read"], ...less });
      const { apiKeys } = await api(admin).list();
      const same = { expiresAt: END, limitPerMinute: 100, createdByName: "Vera" };
      expect(apiKeys.find(({ name }) => name === "Same")).toMatchObject(same);
      expect(apiKeys.find(({ name }) => name === "Less")).toMatchObject(less);
    });

    it.each([
      ["outlive it", { expiresAt: "2026-03-11T12:00:00.001Z" }],
      ["call more often", { limitPerMinute: 101 }],
      ["hold what it does not", { scopes: ["trading:write" as const] }],
    ])("never %s", async (_, more) => {
      const { parent } = await makeParent();
      const input = { name: "Clerk", scopes: ["auth:write" as const] };
      const { key } = await parent.create(input);
      const clerk = api(await world.actorOf(key));
      await expect(clerk.create({ ...input, ...more })).rejects.toMatchObject(refusal("FORBIDDEN"));
      await clerk.create(input);
    });
  });

  it("are on record from first to last, each once, and never what they are", async () => {
    const admin = await makeAdmin();
    const { id, key } = await api(admin).create({ name: "Shop", scopes: ["support:write"] });
    await api(admin).revoke({ id });
    await api(admin).revoke({ id });
    const created = await world.listAudit("auth.keyCreated");
    expect(created).toMatchObject([
      { actorId: admin.personId, targetKind: "apiKey", targetId: id, targetName: "Shop" },
    ]);
    expect(created[0]?.details).toEqual({ scopes: ["support:write"], expiresAt: null, limitPerMinute: null });
    const revoked = await world.listAudit("auth.keyRevoked");
    expect(revoked).toMatchObject([{ actorId: admin.personId, targetId: id }]);
    expect(JSON.stringify([created, revoked])).not.toContain(key.slice(5, 20));
  });
});

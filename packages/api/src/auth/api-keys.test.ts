import { describe, expect, it } from "vitest";
import type { Actor } from "../context.ts";
import { listAudit } from "../testing/audit.ts";
import { callerOf, keyWith, makeAgent } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { actorOfToken } from "./actors.ts";

describeOnDatabases("apiKeys", (world) => {
  const api = (actor: Actor) => callerOf(world.deps, actor).auth.apiKeys;

  it("show by their first characters which they are, who made them, and their limit", async () => {
    const admin = await makeAgent(world.deps, { name: "Vera", role: "Admin" });
    const { key } = await api(admin).create({ name: "Shop", scopes: ["support:write"], limitPerMinute: 600 });
    await api(keyWith("*")).create({ name: "By a key", scopes: ["*"] });
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
    expect(await actorOfToken(world.deps, key, "trpc")).toMatchObject({ limitPerMinute: 600 });
  });

  it.each([0, -1, 1.5, 1_000_001])("refuse a limit of %j", async (limitPerMinute) => {
    const create = api(keyWith("*")).create({ name: "Shop", scopes: ["*"], limitPerMinute });
    await expect(create).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  it("are made by nobody who was kept out meanwhile, nor by a key of his", async () => {
    const [vera, zoe] = [
      await makeAgent(world.deps, { name: "Vera", role: "Admin" }),
      await makeAgent(world.deps, { name: "Zoe", role: "Admin" }),
    ];
    const { key } = await api(zoe).create({ name: "Hers", scopes: ["*"] });
    const byKey = await actorOfToken(world.deps, key, "trpc");
    await callerOf(world.deps, vera).auth.team.setDisabled({ personId: zoe.personId, disabled: true });
    for (const actor of [zoe, byKey])
      await expect(api(actor).create({ name: "Late", scopes: ["*"] })).rejects.toMatchObject({
        cause: { code: "UNAUTHORIZED" },
      });
    expect((await api(vera).list()).apiKeys.map(({ name }) => name)).toEqual(["Hers"]);
  });

  describe("made by a key", () => {
    const END = "2026-03-11T12:00:00.000Z";

    async function makeParent() {
      const admin = await makeAgent(world.deps, { name: "Vera", role: "Admin" });
      const input = { name: "Parent", scopes: ["*" as const], expiresAt: END, limitPerMinute: 100 };
      const { key } = await api(admin).create(input);
      return { admin, parent: api(await actorOfToken(world.deps, key, "trpc")) };
    }

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
      const clerk = api(await actorOfToken(world.deps, key, "trpc"));
      await expect(clerk.create({ ...input, ...more })).rejects.toMatchObject({ cause: { code: "FORBIDDEN" } });
      await clerk.create(input);
    });
  });

  it("are on record from first to last, each once, and never what they are", async () => {
    const admin = await makeAgent(world.deps, { name: "Vera", role: "Admin" });
    const { id, key } = await api(admin).create({ name: "Shop", scopes: ["support:write"] });
    await api(admin).revoke({ id });
    await api(admin).revoke({ id });
    const created = await listAudit(world.deps, "auth.keyCreated");
    expect(created).toMatchObject([
      { actorId: admin.personId, targetKind: "apiKey", targetId: id, targetName: "Shop" },
    ]);
    expect(created[0]?.details).toEqual({ scopes: ["support:write"], expiresAt: null, limitPerMinute: null });
    const revoked = await listAudit(world.deps, "auth.keyRevoked");
    expect(revoked).toMatchObject([{ actorId: admin.personId, targetId: id }]);
    expect(JSON.stringify([created, revoked])).not.toContain(key.slice(5, 20));
  });
});

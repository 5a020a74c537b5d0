import { expect, it } from "vitest";
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

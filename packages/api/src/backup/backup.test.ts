import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { rightsChangedTopic } from "../auth/events.ts";
import { conversationTopic } from "../support/events.ts";
import { backupsOf } from "../testing/backups.ts";
import { ANONYMOUS, keyWith, makeCustomer, SYSTEM } from "../testing/factories.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { createVault } from "../vault/vault.ts";
import { checkVault } from "../vault/vault-check.ts";

describeOnBothDatabases("Backups", (world) => {
  const { take, give } = backupsOf(world);

  it("require every scope, both ways", async () => {
    await world.writeAs(makeCustomer());
    const bytes = await take();
    const strangers = [makeCustomer(), keyWith("support:write", "auth:write"), await world.makeAgent()];
    for (const [actor, code] of [
      [ANONYMOUS, "UNAUTHORIZED"] as const,
      ...strangers.map((one) => [one, "FORBIDDEN"] as const),
    ]) {
      await expect(take(actor)).rejects.toMatchObject({ code });
      await expect(give(bytes, actor, { replace: true })).rejects.toMatchObject({ code });
      await expect(give(bytes, actor, { dryRun: true })).rejects.toMatchObject({ code });
    }
    expect(await world.countRows("credentials")).toBe(1);
  });

  it("are on record, taken and restored", async () => {
    const bytes = await take(keyWith("*"));
    const summary = await give(bytes, keyWith("*"));
    expect(summary).toMatchObject({ dryRun: false, at: "2026-03-10T12:00:00.000Z", files: 0 });
    const rows = await world.query(sql`select action, actor_kind, details from audit_log order by id`);
    expect(rows).toEqual([
      {
        action: "auth.restored",
        actor_kind: "apiKey",
        details: {
          takenAt: summary.at,
          migration: summary.migration,
          rows: 0,
          files: 0,
          ...{ endedSessions: 0, usedUpTokens: 0, livingKeys: 0, revivedKeys: 0, revivedAgents: 0 },
        },
      },
    ]);
    await take(keyWith("*"));
    expect(await world.query(sql`select action from audit_log order by id desc limit 1`)).toEqual([
      { action: "auth.backupTaken" },
    ]);
  });

  it("go over conversations and other agents only when that is said", async () => {
    const bytes = await take();
    const admin = await world.makeAgent({ role: "Admin" });
    expect(await give(bytes, admin, { dryRun: true })).toMatchObject({ dryRun: true, access: null });
    expect(await world.countRows("credentials")).toBe(1);
    await world.makeAgent();
    await world.writeAs(makeCustomer());
    for (const dryRun of [true, false])
      await expect(give(bytes, admin, { dryRun })).rejects.toMatchObject({
        code: "CONFLICT",
        message: expect.stringContaining("1 conversations and 1 other agents"),
      });
    expect(await world.countRows("conversations")).toBe(1);
    await give(bytes, admin, { replace: true });
    expect([await world.countRows("conversations"), await world.countRows("credentials")]).toEqual([0, 0]);
  });

  it("leave the maker of the key that restores out of account", async () => {
    const bytes = await take();
    const admin = await world.makeAgent({ role: "Admin" });
    const { id: keyId } = await world.storeApiKey({ scopes: ["*"] });
    const key = { ...keyWith("*"), keyId };
    await expect(give(bytes, key)).rejects.toMatchObject({ code: "CONFLICT" });
    await world.deps.db.execute(sql`update api_keys set created_by = ${admin.personId}`);
    expect(await give(bytes, key)).toMatchObject({ dryRun: false });
  });

  it("bring photos back, tell those whose rights may be others, and begin every log anew", async () => {
    const { conversationId } = await world.writeAs(makeCustomer());
    const agent = await world.makeAgent();
    const { id: keyId } = await world.storeApiKey();
    await world.uploadAs(agent);
    const files = new Map(world.deps.media.files);
    expect(files.size).toBeGreaterThan(0);
    const epochs = () =>
      world.query<{ topic: string; epoch: string }>(sql`select topic, epoch from topic_heads order by topic`);
    const before = await epochs();
    const bytes = await take();
    world.deps.media.files.clear();
    await give(bytes, SYSTEM, { replace: true });
    expect(world.deps.media.files).toEqual(files);
    const after = await epochs();
    expect(after.map(({ topic }) => topic)).toEqual(before.map(({ topic }) => topic));
    expect(after.map(({ topic }) => topic)).toContain(conversationTopic.name(conversationId));
    for (const [at, { epoch }] of after.entries()) expect(epoch).not.toBe(before[at]?.epoch);
    const told = world.deps.bus.latest.map(({ topic }) => topic);
    expect(told).toContain(rightsChangedTopic.name(`person:${agent.personId}`));
    expect(told).toContain(rightsChangedTopic.name(`key:${keyId}`));
  });

  it("sealed under another key are refused, and nothing is changed", async () => {
    await checkVault(world.deps.db, createVault([new Uint8Array(32).fill(8)]));
    const bytes = await take();
    await world.deps.db.execute(sql`delete from settings`);
    await world.writeAs(makeCustomer());
    await expect(give(bytes, SYSTEM, { replace: true })).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("ENCRYPTION_KEY"),
    });
    expect(await world.countRows("conversations")).toBe(1);
  });

  it("that are none are refused", async () => {
    await expect(give(Buffer.from("no backup"))).rejects.toMatchObject({ code: "VALIDATION" });
    await expect(give(new Uint8Array())).rejects.toMatchObject({ code: "VALIDATION" });
  });
});

import { backupCodes, credentials, sessions } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { sessionEndedTopic, sessionIdOf } from "../auth/events.ts";
import { issueOneTime, type Purpose, readOneTime } from "../auth/one-time.ts";
import { backupsOf } from "../testing/backups.ts";
import { ANONYMOUS, keyWith, refusal, SYSTEM } from "../testing/factories.ts";
import { signInitData } from "../testing/sign-init-data.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";

describeOnBothDatabases("Who gets in after a restore", (world) => {
  const initDataOf = () => signInitData({ id: 77, first_name: "Anna" }, world.deps.now());

  const enter = (initData: string) => world.as(ANONYMOUS).auth.miniApp({ initData });

  const { take, restoreOver } = backupsOf(world);
  const open = async (personId: string) => (await world.openSession(personId)).token;

  it("no session of the backup opens anything, whether it has ended since or not, and no later one", async () => {
    const { personId } = await world.makeAgent({ role: "Admin" });
    const [ended, living] = [await open(personId), await open(personId)];
    const customer = await enter(initDataOf());
    const bytes = await take();
    await world.deps.db.update(sessions).set({ revokedAt: world.deps.now() });
    const later = await open(personId);
    const laterId = sessionIdOf(await world.actorOf(later)) ?? "";
    expect(await restoreOver(bytes)).toMatchObject({ endedSessions: 3 });
    for (const token of [ended, living, customer.token, later])
      await expect(world.actorOf(token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(await world.query(sql`select id from sessions where revoked_at is null`)).toEqual([]);
    const told = world.deps.bus.latest.map(({ topic }) => topic);
    expect(told).toContain(sessionEndedTopic.name(laterId));
  });

  it("no link, invitation, ticket or challenge of the backup is good any more", async () => {
    const { personId } = await world.makeAgent();
    const now = world.deps.now();
    const purposes: Purpose[] = ["setUp", "invitation", "passwordReset", "ticket", "passkeyChallenge", "walletProof"];
    const issued: [Purpose, string][] = [];
    for (const purpose of purposes)
      issued.push([purpose, (await issueOneTime(world.deps.db, { purpose, personId, now, lifeMs: 60_000 })).token]);
    const bytes = await take();
    for (const [purpose, token] of issued)
      expect(await readOneTime(world.deps.db, { purpose, token, now })).not.toBeNull();
    expect(await restoreOver(bytes)).toMatchObject({ usedUpTokens: purposes.length });
    for (const [purpose, token] of issued) expect(await readOneTime(world.deps.db, { purpose, token, now })).toBeNull();
    expect(await world.query(sql`select id from one_time_tokens where used_at is null`)).toEqual([]);
  });

  it("refuses init data that was signed out of since, and accepts other init data", async () => {
    const [spent, good] = [initDataOf(), signInitData({ id: 78, first_name: "Boris" }, world.deps.now())];
    const before = await enter(good);
    const bytes = await take();
    const { token } = await enter(spent);
    await world.as(await world.actorOf(token)).auth.signOut();
    await restoreOver(bytes);
    await expect(enter(spent)).rejects.toMatchObject(refusal("UNAUTHORIZED"));
    expect((await enter(good)).token).not.toBe(before.token);
    await restoreOver(bytes);
    await expect(enter(spent)).rejects.toMatchObject(refusal("UNAUTHORIZED"));
  });

  it("a backup code or a time step that was used since then stays used", async () => {
    const { personId } = await world.makeAgent();
    const { db } = world.deps;
    await db.insert(backupCodes).values(["used", "good"].map((codeHash) => ({ personId, codeHash })));
    await db.update(credentials).set({ totpLastStep: 100 });
    const bytes = await take();
    await db.update(backupCodes).set({ usedAt: world.deps.now() }).where(eq(backupCodes.codeHash, "used"));
    await db.update(credentials).set({ totpLastStep: 105 });
    await restoreOver(bytes);
    expect(
      await world.query(sql`select code_hash, used_at is null as good from backup_codes order by code_hash`),
    ).toEqual([
      { code_hash: "good", good: true },
      { code_hash: "used", good: false },
    ]);
    expect(await db.select({ step: credentials.totpLastStep }).from(credentials)).toEqual([{ step: 105 }]);
  });

  const revoke = (id: string) =>
    world.deps.db.execute(
      sql`update api_keys set revoked_at = ${world.deps.now().toISOString()}::timestamptz where id = ${id}`,
    );
  const asKey = (keyId: string) => ({ ...keyWith("*"), keyId });

  it("says how many keys work, and which of them did not before", async () => {
    const now = world.deps.now();
    const [kept, revived] = [await world.storeApiKey(), await world.storeApiKey()];
    await world.storeApiKey({ revokedAt: now });
    await world.storeApiKey({ expiresAt: now });
    const bytes = await take();
    await revoke(revived.id);
    const unknown = await world.storeApiKey();
    expect(await restoreOver(bytes)).toMatchObject({
      livingKeys: 2,
      revivedKeys: [{ id: revived.id, name: "Shop server" }],
      callerStays: true,
    });
    for (const { id, key } of [kept, revived]) expect(await world.actorOf(key)).toMatchObject({ keyId: id });
    await expect(world.actorOf(unknown.key)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("says which agents can sign in again", async () => {
    const [kept, disabled] = [await world.makeAgent({ role: "Admin" }), await world.makeAgent({ name: "Vera" })];
    await world.makeAgent({ disabledAt: world.deps.now() });
    const bytes = await take();
    const setDisabled = world.as(SYSTEM).auth.team.setDisabled;
    await setDisabled({ personId: disabled.personId, disabled: true });
    expect(await restoreOver(bytes)).toMatchObject({ revivedAgents: [{ id: disabled.personId, name: "Vera" }] });
    await world.deps.db.execute(sql`update people set name = 'Gone' where id = ${kept.personId}`);
    expect(await restoreOver(bytes)).toMatchObject({ revivedAgents: [] });
  });

  it("keeps the caller's key when the backup has it, and reports when it does not", async () => {
    const kept = await world.storeApiKey({ scopes: ["*"] });
    const bytes = await take();
    expect(await restoreOver(bytes, asKey(kept.id))).toMatchObject({
      callerStays: true,
      livingKeys: 1,
      revivedKeys: [],
    });
    const later = await world.storeApiKey({ scopes: ["*"] });
    expect(await restoreOver(bytes, asKey(later.id))).toMatchObject({ callerStays: false });
    expect(await restoreOver(bytes, asKey("bootstrap"))).toMatchObject({ callerStays: true });
    expect(await restoreOver(bytes, await world.makeAgent({ role: "Admin" }))).toMatchObject({ callerStays: false });
    expect(await world.actorOf(kept.key)).toMatchObject({ keyId: kept.id });
  });
});

import { auditLog, credentials } from "@pult/db/schema/auth.ts";
import { asc, eq, sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import { expect, it } from "vitest";
import { placeOfTotp } from "../auth/account/second-factor.ts";
import type { Context } from "../context.ts";
import { contextOf, SYSTEM } from "../testing/factories.ts";
import { intercept } from "../testing/intercept.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { countStale, keepResealing, resealStale } from "./reseal.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { createVault, type Vault, VaultError } from "./vault.ts";
import { checkVault } from "./vault-check.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const [A, B, C] = [key(1), key(2), key(3)];
const [old, rotated, present] = [createVault([A]), createVault([B, A]), createVault([B])];

describeOnDatabases("resealStale", (world) => {
  const context = (vault: Vault): Context => ({ ...contextOf(world.deps, SYSTEM), vault });
  const secretOf = (personId: string) => `secret of ${personId}`;

  /** Agents with a TOTP secret each. @returns their ids */
  async function makeSecrets(count: number, vault = old): Promise<string[]> {
    const ids: string[] = [];
    for (let at = 0; at < count; at++) {
      const { personId } = await world.makeAgent();
      await storeSecret(personId, vault.seal(placeOfTotp(personId), secretOf(personId)));
      ids.push(personId);
    }
    return ids;
  }
  const storeSecret = (personId: string, totpSecret: string | null) =>
    world.deps.db.update(credentials).set({ totpSecret }).where(eq(credentials.personId, personId));
  async function sealedOf(personId: string): Promise<string> {
    const [row] = await world.deps.db.select().from(credentials).where(eq(credentials.personId, personId));
    return row?.totpSecret ?? "";
  }
  const audited = () => world.deps.db.select().from(auditLog).orderBy(asc(auditLog.id));

  it("seals everything with the newest key, and the start's check last; it is audited once", async () => {
    await checkVault(world.deps.db, old);
    await world.makeAgent();
    const ids = [...(await makeSecrets(205)), ...(await makeSecrets(3, rotated))];
    expect(await countStale(context(rotated))).toBe(205);
    expect(await resealStale(context(rotated))).toEqual({ count: 205, unopened: [] });
    for (const id of ids) expect(present.open(placeOfTotp(id), await sealedOf(id))).toBe(secretOf(id));
    await checkVault(world.deps.db, present);
    expect(await countStale(context(present))).toBe(0);
    expect(await resealStale(context(rotated))).toEqual({ count: 0, unopened: [] });
    expect(await audited()).toMatchObject([
      { action: "auth.secretsResealed", actorKind: "system", details: { count: 205, unopened: 0 } },
    ]);
  });

  it("changes the start's check alone where there are no secrets, which is audited too", async () => {
    await checkVault(world.deps.db, old);
    expect(await resealStale(context(rotated))).toEqual({ count: 0, unopened: [] });
    await checkVault(world.deps.db, present);
    expect(await audited()).toMatchObject([{ details: { count: 0 } }]);
  });

  it("never overwrites what was changed meanwhile", async () => {
    const [id = "", gone = ""] = await makeSecrets(2);
    // Between being read and being written.
    const meddling = intercept(world.deps.db, "execute", async (run) => {
      await storeSecret(id, old.seal(placeOfTotp(id), "a newer one"));
      await storeSecret(gone, null);
      return run();
    });
    expect(await resealStale({ ...context(rotated), db: meddling })).toEqual({ count: 0, unopened: [] });
    expect(old.open(placeOfTotp(id), await sealedOf(id))).toBe("a newer one");
    expect((await resealStale(context(rotated))).count).toBe(1);
    expect(present.open(placeOfTotp(id), await sealedOf(id))).toBe("a newer one");
    expect(await sealedOf(gone)).toBe("");
  });

  it("leaves what no key opens as it is, names it, and does the rest", async () => {
    await checkVault(world.deps.db, old);
    const [altered = "", moved = "", foreign = "", fine = ""] = await makeSecrets(4);
    const sealed = await sealedOf(altered);
    await storeSecret(altered, `${sealed.slice(0, -4)}${sealed.at(-4) === "A" ? "B" : "A"}${sealed.slice(-3)}`);
    await storeSecret(moved, sealed);
    await storeSecret(foreign, createVault([C]).seal(placeOfTotp(foreign), "x"));
    const before = await Promise.all([altered, moved, foreign].map(sealedOf));
    const { count, unopened } = await resealStale(context(rotated));
    expect(count).toBe(1);
    expect(unopened.sort()).toEqual([altered, moved, foreign].map((id) => `credentials.totp_secret/${id}`).sort());
    expect(await Promise.all([altered, moved, foreign].map(sealedOf))).toEqual(before);
    expect(() => rotated.open(placeOfTotp(altered), before[0] ?? "")).toThrow(VaultError);
    expect(present.open(placeOfTotp(fine), await sealedOf(fine))).toBe(secretOf(fine));
    expect(await audited()).toMatchObject([{ details: { count: 1, unopened: 3 } }]);
    await checkVault(world.deps.db, present);
  });

  it("goes on after it was stopped, and the older key is needed until it is done", async () => {
    await checkVault(world.deps.db, old);
    await makeSecrets(150);
    const stop = new AbortController();
    let sealed = 0;
    const stopping: Vault = {
      ...rotated,
      seal(place, secret) {
        sealed += 1;
        if (sealed === 50) stop.abort();
        return rotated.seal(place, secret);
      },
    };
    expect((await resealStale(context(stopping), stop.signal)).count).toBe(50);
    expect(await countStale(context(rotated))).toBe(100);
    await expect(checkVault(world.deps.db, present)).rejects.toThrow("ENCRYPTION_KEY");
    expect((await resealStale(context(rotated))).count).toBe(100);
    await checkVault(world.deps.db, present);
  });

  it("may run on several nodes at once: each secret is counted once", async () => {
    await checkVault(world.deps.db, old);
    const ids = await makeSecrets(120);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => resealStale(context(rotated))));
    expect(outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(120);
    expect(outcomes.flatMap(({ unopened }) => unopened)).toEqual([]);
    for (const id of ids) expect(present.open(placeOfTotp(id), await sealedOf(id))).toBe(secretOf(id));
  });

  /** Runs it until it has said something. */
  async function keep(ctx: Context): Promise<void> {
    const stop = new AbortController();
    const running = keepResealing(ctx, stop.signal);
    await expect.poll(() => world.deps.log.lines.some(({ level }) => level !== "error")).toBe(true);
    stop.abort();
    await running;
  }

  it("keepResealing says that the older key can go once everything is sealed anew", async () => {
    await checkVault(world.deps.db, old);
    await makeSecrets(3);
    await keep(context(rotated));
    expect(world.deps.log.lines).toEqual([
      {
        level: "info",
        fields: { count: 3, stale: 0, unopened: 0 },
        message: expect.stringContaining("ENCRYPTION_KEY_PREVIOUS can go"),
      },
    ]);
    expect(JSON.stringify(world.deps.log.lines)).not.toContain("secret of");
  });

  it("keepResealing says that the older key has to stay while a secret could not be opened, and which that is", async () => {
    await checkVault(world.deps.db, old);
    const [altered = ""] = await makeSecrets(3);
    await storeSecret(altered, (await sealedOf(altered)).replace(/.$/, "!"));
    await keep(context(rotated));
    expect(world.deps.log.takeErrors("is left as it is")).toMatchObject([
      { fields: { row: `credentials.totp_secret/${altered}` } },
    ]);
    expect(world.deps.log.lines).toEqual([
      { level: "warn", fields: { count: 2, stale: 1, unopened: 1 }, message: expect.stringContaining("has to stay") },
    ]);
  });

  it("keepResealing says nothing of the older key when it was stopped on the way", async () => {
    await checkVault(world.deps.db, old);
    await makeSecrets(3);
    const stop = new AbortController();
    const stopping: Vault = {
      ...rotated,
      seal(place, secret) {
        stop.abort();
        return rotated.seal(place, secret);
      },
    };
    await keepResealing(context(stopping), stop.signal);
    expect(world.deps.log.lines).toEqual([]);
    expect(await countStale(context(rotated))).toBe(2);
  });

  it("sealedColumns names existing columns with their primary keys", async () => {
    for (const { table, id, sealed } of sealedColumns()) {
      const { name, schema = "public" } = getTableConfig(table);
      const columns = await world.query<{ name: string }>(
        sql`select column_name as name from information_schema.columns where table_schema = ${schema} and table_name = ${name}`,
      );
      expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining([id.name, sealed.name]));
      expect([id.primary, ["uuid", "text"].includes(id.getSQLType()), sealed.getSQLType()]).toEqual([
        true,
        true,
        "text",
      ]);
    }
  });
});

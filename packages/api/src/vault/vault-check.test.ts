import { credentials } from "@pult/db/schema/auth.ts";
import { settings } from "@pult/db/schema/realtime.ts";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { placeOfTotp } from "../auth/account/second-factor.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { createVault } from "./vault.ts";
import { checkVault, resealCheck, WrongKeyError } from "./vault-check.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const [A, B, C] = [key(1), key(2), key(3)];

describeOnDatabases("checkVault", (world) => {
  const stored = () => world.deps.db.select().from(settings).where(eq(settings.key, "vault.check"));

  it("lets the key in that was there first, at every later start, and no other", async () => {
    const { db } = world.deps;
    await checkVault(db, createVault([A]));
    const first = await stored();
    await checkVault(db, createVault([A]));
    await checkVault(db, createVault([B, A]));
    await expect(checkVault(db, createVault([B]))).rejects.toThrow(WrongKeyError);
    await expect(checkVault(db, createVault([B, C]))).rejects.toThrow(/^ENCRYPTION_KEY does not open .*PREVIOUS/);
    expect(await stored()).toEqual(first);
    expect(JSON.stringify(first)).not.toContain("right key");
  });

  it("lets nodes that start together agree; one with another key is stopped", async () => {
    const { db } = world.deps;
    await Promise.all(Array.from({ length: 8 }, () => checkVault(db, createVault([A]))));
    expect(await stored()).toHaveLength(1);
    await db.delete(settings);
    const outcomes = await Promise.allSettled([A, B].map((one) => checkVault(db, createVault([one]))));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("lets another key in while one that was made here has sealed nothing, and none once it has", async () => {
    const { db } = world.deps;
    const own = (fill: number) => createVault([key(fill)], { isOwn: true });
    await checkVault(db, own(1));
    await checkVault(db, own(2));
    await checkVault(db, own(2));
    const { personId } = await world.makeAgent();
    await db.update(credentials).set({ totpSecret: own(2).seal(placeOfTotp(personId), "JBSWY3DPEHPK3PXP") });
    const sealed = await stored();
    for (const other of [own(1), createVault([A])]) await expect(checkVault(db, other)).rejects.toThrow(WrongKeyError);
    expect(await stored()).toEqual(sealed);
    await db.update(credentials).set({ totpSecret: null });
    await checkVault(db, createVault([A]));
    for (const other of [own(2), createVault([B])]) await expect(checkVault(db, other)).rejects.toThrow(WrongKeyError);
  });

  it("refuses a check that was altered, emptied or is no text", async () => {
    const { db } = world.deps;
    const vault = createVault([A]);
    await checkVault(db, vault);
    const [row] = await stored();
    const sealed = String(row?.value);
    const altered = `${sealed.slice(0, -3)}${sealed.at(-3) === "A" ? "B" : "A"}${sealed.slice(-2)}`;
    for (const value of [altered, "", 7, { sealed }, { own: 7 }, vault.seal("settings/vault.check", "another text")]) {
      await db.update(settings).set({ value }).where(eq(settings.key, "vault.check"));
      await expect(checkVault(db, vault), JSON.stringify(value)).rejects.toThrow(WrongKeyError);
    }
  });

  it("resealCheck makes the newest key the only one that is needed, once", async () => {
    const { db } = world.deps;
    await checkVault(db, createVault([A]));
    const rotated = createVault([B, A]);
    const outcomes = await Promise.all([resealCheck(db, rotated), resealCheck(db, rotated)]);
    expect(outcomes.sort()).toEqual([false, true]);
    expect(await resealCheck(db, rotated)).toBe(false);
    await checkVault(db, createVault([B]));
    await expect(checkVault(db, createVault([A]))).rejects.toThrow(WrongKeyError);
  });
});

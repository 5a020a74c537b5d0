import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { waitFor } from "../testing/telegram-desk.ts";
import { describeOnPostgres } from "../testing/test-deps.ts";
import { ensureIdentities } from "./identities.ts";

describeOnPostgres("ensureIdentities", (world) => {
  it("makes one person of an identity that two transactions name at once, one of them twice", async () => {
    const ref = { namespace: "wallet", externalId: "new" } as const;
    const [isIn, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = world.deps.db.transaction(async (tx) => {
      await ensureIdentities(tx, [ref]);
      isIn.resolve();
      await mayCommit.promise;
    });
    await isIn.promise;
    const second = world.deps.db.transaction((tx) => ensureIdentities(tx, [ref, ref]));
    const waits = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await waitFor(async () => (await world.query(waits)).length > 0);
    mayCommit.resolve();
    await Promise.all([first, second]);
    expect([await world.countRows("identities"), await world.countRows("people")]).toEqual([1, 1]);
  });
});

import { pushAttempts, pushSubscriptions } from "@pult/db/schema/push.ts";
import { asc } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Customer } from "../actor.ts";
import { makeCustomer, makeTelegramCustomer, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { recordAttempt } from "./subscriptions.ts";

const GONE = { state: "removed", providerStatus: 410, reason: "gone" } as const;

describeOnDatabases("Devices of people", (world) => {
  const people = () => world.as(SYSTEM).auth.people;

  async function registered(customer: Customer, token: string) {
    await world.as(customer).support.registerDevice({ target: { provider: "fcm", token } });
    const { namespace, externalId } = customer;
    return (await people().show({ namespace, externalId })).id;
  }

  const owners = async () => {
    const { token, personId } = pushSubscriptions;
    const rows = await world.deps.db.select({ token, personId }).from(pushSubscriptions).orderBy(asc(token));
    return rows.map((row) => [row.token, row.personId]);
  };

  it("follow a merge, and go back with their identity when it is undone", async () => {
    const [app, telegram] = [makeCustomer(), makeTelegramCustomer()];
    const keepId = await registered(app, "a");
    const mergedId = await registered(telegram, "b");
    const { mergeId } = await people().merge({ keepId, mergeId: mergedId });
    await registered(telegram, "c");
    expect(await owners()).toEqual([
      ["a", keepId],
      ["b", keepId],
      ["c", keepId],
    ]);
    await people().undoMerge({ id: mergeId });
    expect(await owners()).toEqual([
      ["a", keepId],
      ["b", mergedId],
      ["c", mergedId],
    ]);
  });

  it("are exported without their keys and erased with their attempts, those of others stay", async () => {
    const [gone, kept] = [makeCustomer(), makeCustomer()];
    const personId = await registered(gone, "a");
    world.deps.clock.advance(1_000);
    await world.as(gone).support.registerDevice({
      target: {
        provider: "webpush",
        subscription: { endpoint: "https://push.example.com/1", keys: { p256dh: "canary", auth: "canary" } },
      },
    });
    const keptId = await registered(kept, "b");
    const now = world.deps.now();
    for (const { id } of await world.deps.db.select().from(pushSubscriptions))
      await recordAttempt(world.deps.db, { subscriptionId: id, subject: null, result: GONE, now });
    const exported = await people().export({ personId });
    expect(exported).toMatchObject({ devices: [{ token: "a" }, {}], pushAttempts: [{ state: "removed" }, {}] });
    expect(JSON.stringify(exported)).not.toContain("canary");
    await people().erase({ personId });
    expect(await owners()).toEqual([["b", keptId]]);
    expect(await world.deps.db.select().from(pushAttempts)).toHaveLength(1);
  });
});

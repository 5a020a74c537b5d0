import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { pushAttempts, pushSubscriptions } from "@pult/db/schema/push.ts";
import { asc, eq, inArray, sql } from "drizzle-orm";
import type { PushIdentity, PushSubscription } from "./subscriptions.ts";

/** Locks people's devices until the transaction ends. */
export async function lockSubscriptions(tx: Transaction, personIds: readonly string[]): Promise<void> {
  await tx
    .select({ id: pushSubscriptions.id })
    .from(pushSubscriptions)
    .where(inArray(pushSubscriptions.personId, [...personIds]))
    .orderBy(asc(pushSubscriptions.id))
    .for("update");
}

/** Gives the devices of one person to another. */
export async function moveSubscriptions(tx: Transaction, people: { from: string; to: string }): Promise<void> {
  await tx.update(pushSubscriptions).set({ personId: people.to }).where(eq(pushSubscriptions.personId, people.from));
}

/** Gives the devices of identities back to the person whose identities they are again. */
export async function returnSubscriptions(
  tx: Transaction,
  { from, to, identities }: { from: string; to: string; identities: readonly PushIdentity[] },
): Promise<void> {
  await tx.execute(sql`
    update push_subscriptions set person_id = ${to}::uuid where person_id = ${from}::uuid and (namespace, external_id) in (
      select namespace, "externalId" from jsonb_to_recordset(${JSON.stringify(identities)}::jsonb)
        as x(namespace text, "externalId" text))`);
}

/** Deletes people's devices with every attempt to reach them. @returns how many */
export async function eraseSubscriptions(
  tx: Transaction,
  personIds: readonly string[],
): Promise<{ devices: number; pushAttempts: number }> {
  const [row] = rowsOf<{ devices: number; pushAttempts: number }>(
    await tx.execute(sql`
      with device as (
        delete from push_subscriptions
        where person_id in ${uuidsIn(personIds)} returning id
      ), attempt as (delete from push_attempts where subscription_id in (select id from device) returning 1)
      select (select count(*) from device) as devices, (select count(*) from attempt) as "pushAttempts"`),
  );
  return row ?? { devices: 0, pushAttempts: 0 };
}

/** People's devices, without what would let others push to them, and every attempt to reach them. */
export async function exportSubscriptions(db: Database, personIds: readonly string[]) {
  const rows = await db
    .select()
    .from(pushSubscriptions)
    .where(inArray(pushSubscriptions.personId, [...personIds]))
    .orderBy(asc(pushSubscriptions.registeredAt), asc(pushSubscriptions.id));
  const attempts = await db
    .select()
    .from(pushAttempts)
    .where(
      inArray(
        pushAttempts.subscriptionId,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(asc(pushAttempts.id));
  const devices = rows.map(({ keys: _, ...device }: PushSubscription) => device);
  return { devices, pushAttempts: attempts };
}

import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn } from "@pult/db/rows.ts";
import { pushAttempts, pushSubscriptions } from "@pult/db/schema/push.ts";
import { and, desc, eq, inArray, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { PushResult, PushTarget } from "./sender.ts";

/** A device that a person has registered. */
export type PushSubscription = typeof pushSubscriptions.$inferSelect;

/** What a device is registered under. */
export interface PushIdentity {
  namespace: string;
  externalId: string;
}

/** Devices an identity may have; each gets every push. */
export const MAX_SUBSCRIPTIONS = 20;

type Reader = Database | Transaction;

const ofIdentity = ({ namespace, externalId }: PushIdentity): SQL | undefined =>
  and(eq(pushSubscriptions.namespace, namespace), eq(pushSubscriptions.externalId, externalId));
const activeOf = (identity: PushIdentity): SQL | undefined =>
  and(ofIdentity(identity), isNull(pushSubscriptions.removedAt));

export interface Registration {
  personId: string;
  /** The identity of the person that the device is for. */
  identity: PushIdentity;
  target: PushTarget;
  platform: string;
  deviceId: string | null;
  now: Date;
}

/**
 * Registers a device. The same token again is the same device, moved to the identity that registers it now; a device's new token replaces its
 * old one; of more than `MAX_SUBSCRIPTIONS` the oldest are removed. Callers serialize registrations of one identity.
 * @returns how many active devices the identity has
 */
export async function subscribe(tx: Transaction, registration: Registration): Promise<number> {
  const { personId, identity, target, platform, deviceId, now } = registration;
  const address = addressOf(target);
  if (deviceId) {
    const older = and(
      activeOf(identity),
      eq(pushSubscriptions.deviceId, deviceId),
      eq(pushSubscriptions.provider, address.provider),
      ne(pushSubscriptions.token, address.token),
    );
    await remove(tx, older, { now, reason: "Replaced by a newer token" });
  }
  const fresh = {
    personId,
    namespace: identity.namespace,
    externalId: identity.externalId,
    keys: target.provider === "fcm" ? null : target.subscription.keys,
    platform,
    deviceId,
    registeredAt: now,
    removedAt: null,
  };
  const [stored] = await tx
    .insert(pushSubscriptions)
    .values({ ...fresh, ...address })
    .onConflictDoUpdate({ target: [pushSubscriptions.provider, pushSubscriptions.token], set: fresh })
    .returning({ id: pushSubscriptions.id });
  if (!stored) throw new Error("The device was not stored");
  await removeBeyondMost(tx, { identity, id: stored.id, now });
  return countSubscriptions(tx, identity);
}

/** Keeps the newest devices, and the one that was registered now. */
async function removeBeyondMost(
  tx: Transaction,
  { identity, id, now }: Pick<Registration, "identity" | "now"> & { id: string },
): Promise<void> {
  const tooMany = await tx
    .select({ id: pushSubscriptions.id })
    .from(pushSubscriptions)
    .where(activeOf(identity))
    .orderBy(desc(eq(pushSubscriptions.id, id)), desc(pushSubscriptions.registeredAt), pushSubscriptions.id)
    .offset(MAX_SUBSCRIPTIONS);
  if (tooMany.length === 0) return;
  const these = inArray(
    pushSubscriptions.id,
    tooMany.map((row) => row.id),
  );
  await remove(tx, these, { now, reason: `One of more than ${MAX_SUBSCRIPTIONS}; newer ones replaced it` });
}

async function remove(
  tx: Transaction,
  condition: SQL | undefined,
  { now, reason }: { now: Date; reason: string },
): Promise<void> {
  await tx.update(pushSubscriptions).set({ removedAt: now, lastPushReason: reason }).where(condition);
}

const addressOf = (target: PushTarget): Pick<PushSubscription, "provider" | "token"> => ({
  provider: target.provider,
  token: target.provider === "fcm" ? target.token : target.subscription.endpoint,
});

/** How many active devices an identity has. */
export const countSubscriptions = (db: Reader, identity: PushIdentity): Promise<number> =>
  db.$count(pushSubscriptions, activeOf(identity));

/** The newest devices of an identity, removed ones too. */
export const listSubscriptions = (db: Reader, identity: PushIdentity): Promise<PushSubscription[]> =>
  db
    .select()
    .from(pushSubscriptions)
    .where(ofIdentity(identity))
    .orderBy(desc(pushSubscriptions.registeredAt))
    .limit(20);

/** The active devices of an identity. */
export const selectActive = (db: Reader, identity: PushIdentity): Promise<PushSubscription[]> =>
  db
    .select()
    .from(pushSubscriptions)
    .where(activeOf(identity))
    .orderBy(pushSubscriptions.registeredAt, pushSubscriptions.id);

export function targetOf({ provider, token, keys }: PushSubscription): PushTarget {
  if (provider === "fcm") return { provider, token };
  return {
    provider: "webpush",
    subscription: { endpoint: token, keys: keys as { p256dh: string; auth: string } },
  };
}

/** Keeps the provider's answer to one attempt, and removes a device the provider calls dead. */
export async function recordAttempt(
  db: Database,
  attempt: { subscriptionId: string; subject: string | null; result: PushResult; now: Date },
): Promise<void> {
  const { subscriptionId, subject, result, now } = attempt;
  const { state, providerStatus, reason } = result;
  await db.transaction(async (tx) => {
    await tx.insert(pushAttempts).values({ subject, subscriptionId, state, providerStatus, reason, attemptedAt: now });
    await tx
      .update(pushSubscriptions)
      .set({
        lastPushState: state === "retry" ? "failed" : state,
        lastPushStatus: providerStatus,
        lastPushReason: reason,
        lastPushAt: now,
        ...(state === "removed" ? { removedAt: now } : {}),
      })
      .where(eq(pushSubscriptions.id, subscriptionId));
  });
}

/** Deletes the attempts about subjects. @returns how many */
export const deleteAttempts = (tx: Transaction, subjects: readonly string[]): Promise<number> =>
  removeRows(tx, "push_attempts", sql`subject in ${textsIn(subjects)}`);

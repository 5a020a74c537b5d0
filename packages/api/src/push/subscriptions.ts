import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn } from "@pult/db/rows.ts";
import { pushAttempts, pushSubscriptions } from "@pult/db/schema/push.ts";
import { and, desc, eq, inArray, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { malformed } from "../errors.ts";
import { why } from "../outbox/why.ts";
import { isStorable } from "../storable.ts";
import type { Device } from "./schema.ts";
import type { PushResult, PushTarget } from "./sender.ts";

/** A device that a person has registered. */
export type PushSubscription = typeof pushSubscriptions.$inferSelect;

/** What a device is registered under. */
export interface PushIdentity {
  namespace: string;
  externalId: string;
}

/** Whose devices: an identity's, or all that a person has as a customer. */
export type PushTo = PushIdentity | { customerId: string };

/** Under which agents' devices are registered, with the person's id. */
export const AGENT_NAMESPACE = "agent";

/** Devices an identity may have; each gets every push. */
export const MAX_SUBSCRIPTIONS = 20;

type Reader = Database | Transaction;

const ofIdentity = ({ namespace, externalId }: PushIdentity): SQL | undefined =>
  and(eq(pushSubscriptions.namespace, namespace), eq(pushSubscriptions.externalId, externalId));
const activeOf = (to: PushTo): SQL | undefined =>
  and(
    "customerId" in to
      ? and(eq(pushSubscriptions.personId, to.customerId), ne(pushSubscriptions.namespace, AGENT_NAMESPACE))
      : ofIdentity(to),
    isNull(pushSubscriptions.removedAt),
  );

export interface Registration {
  personId: string;
  /** The identity of the person that the device is for. */
  identity: PushIdentity;
  target: PushTarget;
  platform: string;
  deviceId: string | null;
  /** An agent's session, with which the device ends. */
  sessionId?: string;
  now: Date;
}

/**
 * Registers a device. The same token again is the same device, moved to the identity that registers it now; a device's new token replaces its
 * old one; of more than `MAX_SUBSCRIPTIONS` the oldest are removed. Callers serialize registrations of one identity.
 * @returns how many active devices the identity has
 */
export async function subscribe(tx: Transaction, registration: Registration): Promise<number> {
  const { personId, identity, target, platform, deviceId, sessionId = null, now } = registration;
  const address = addressOf(target);
  if (deviceId) {
    const older = and(
      activeOf(identity),
      eq(pushSubscriptions.deviceId, deviceId),
      eq(pushSubscriptions.provider, address.provider),
      ne(pushSubscriptions.token, address.token),
    );
    await remove(tx, older, { now, reason: why("replaced").reason });
  }
  const fresh = {
    personId,
    namespace: identity.namespace,
    externalId: identity.externalId,
    keys: target.provider === "fcm" ? null : target.subscription.keys,
    platform,
    deviceId,
    sessionId,
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
  await remove(tx, these, { now, reason: why("tooManyDevices", { limit: MAX_SUBSCRIPTIONS }).reason });
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

/** Takes devices of a person out of use: those of a namespace, or the one with this token or id. */
export const unsubscribe = (
  tx: Transaction,
  { personId, ...which }: { personId: string; namespace?: string; token?: string; id?: string },
  ended: { now: Date; reason: string },
): Promise<void> =>
  remove(
    tx,
    and(
      eq(pushSubscriptions.personId, personId),
      which.namespace === undefined ? undefined : eq(pushSubscriptions.namespace, which.namespace),
      which.token === undefined ? undefined : eq(pushSubscriptions.token, which.token),
      which.id === undefined ? undefined : eq(pushSubscriptions.id, which.id),
      isNull(pushSubscriptions.removedAt),
    ),
    ended,
  );

/** Takes the devices of sessions that have ended out of use. */
export const unsubscribeSessions = (tx: Transaction, ids: readonly string[], now: Date): Promise<void> =>
  remove(tx, and(inArray(pushSubscriptions.sessionId, [...ids]), isNull(pushSubscriptions.removedAt)), {
    now,
    reason: why("signedOut").reason,
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

/** The active devices of an identity or person. */
export const selectActive = (db: Reader, to: PushTo): Promise<PushSubscription[]> =>
  db.select().from(pushSubscriptions).where(activeOf(to)).orderBy(pushSubscriptions.registeredAt, pushSubscriptions.id);

/** @throws DomainError `VALIDATION` for text that cannot be kept */
export function requireStorable({
  target,
  platform,
  deviceId,
}: {
  target: PushTarget;
  platform: string;
  deviceId?: string | undefined;
}): void {
  const texts =
    target.provider === "fcm"
      ? [target.token]
      : [target.subscription.endpoint, ...Object.values(target.subscription.keys)];
  if (![...texts, platform, deviceId ?? ""].every(isStorable))
    throw malformed("The device's description holds characters that cannot be kept");
}

/** A device as people see it. */
export const toDevice = (one: PushSubscription): Device => ({
  id: one.id,
  provider: one.provider as Device["provider"],
  platform: one.platform,
  deviceId: one.deviceId,
  registeredAt: one.registeredAt.toISOString(),
  removedAt: one.removedAt?.toISOString() ?? null,
  lastPush:
    one.lastPushState && one.lastPushAt
      ? {
          state: one.lastPushState as NonNullable<Device["lastPush"]>["state"],
          providerStatus: one.lastPushStatus,
          reason: one.lastPushReason,
          at: one.lastPushAt.toISOString(),
        }
      : null,
});

/** Sends a test push to a device. @returns what the provider said */
export async function pushTest(
  { db, push, now, config }: Pick<Deps, "db" | "push" | "now" | "config">,
  device: PushSubscription,
): Promise<Pick<PushResult, "state" | "providerStatus" | "reason">> {
  const result = await push.send(targetOf(device), {
    title: config.workspace,
    body: "Test",
    data: { type: "test" },
    collapseKey: "test",
    ttlSeconds: 60,
  });
  await recordAttempt(db, { subscriptionId: device.id, subject: null, result, now: now() });
  return { state: result.state, providerStatus: result.providerStatus, reason: result.reason };
}

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
  attempt: { subscriptionId: string; subject: string | null; outboxId?: number; result: PushResult; now: Date },
): Promise<void> {
  const { subscriptionId, subject, outboxId = null, result, now } = attempt;
  const { state, providerStatus, reason } = result;
  await db.transaction(async (tx) => {
    await tx
      .insert(pushAttempts)
      .values({ subject, subscriptionId, outboxId, state, providerStatus, reason, attemptedAt: now });
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

import { pushSubscriptions } from "@pult/db/schema/push.ts";
import { and, desc, eq, isNull, ne } from "drizzle-orm";
import { isStaff, requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { why } from "../outbox/why.ts";
import type { Device, RegistrationInput } from "../push/schema.ts";
import {
  AGENT_NAMESPACE,
  countSubscriptions,
  pushTest,
  requireStorable,
  subscribe,
  toDevice,
  unsubscribe,
} from "../push/subscriptions.ts";
import { lockLogs } from "../realtime/log.ts";
import { noticesError } from "./errors.ts";
import { listKey, listTopic } from "./events.ts";
import { type Owner, requireOwner } from "./owner.ts";
import type { UnsubscribeInput } from "./schema.ts";

/** Devices that are listed at most. */
const MAX_LISTED = 40;

/**
 * Registers a device of the caller.
 * @returns how many active ones they have
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys, `VALIDATION` for text that cannot be kept
 */
export async function subscribeDevice(ctx: Context, input: RegistrationInput): Promise<{ devices: number }> {
  requireStorable(input);
  return ctx.db.transaction(async (tx) => {
    const { personId, reader } = await requireOwner(ctx, tx);
    await lockLogs(tx, [listTopic.name(listKey(reader, personId))]);
    const identity = identityFor(ctx, personId);
    const { target, platform, deviceId = null } = input;
    const session = ctx.actor.kind === "agent" ? { sessionId: ctx.actor.sessionId } : {};
    const device = { personId, identity, target, platform, deviceId, ...session };
    return { devices: await subscribe(tx, { ...device, now: ctx.now() }) };
  });
}

const identityFor = ({ actor }: Context, personId: string) =>
  actor.kind === "customer"
    ? { namespace: actor.namespace, externalId: actor.externalId }
    : { namespace: AGENT_NAMESPACE, externalId: personId };

/** Takes a device of the caller out of use; one that is unknown changes nothing. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys */
export async function unsubscribeDevice(ctx: Context, input: UnsubscribeInput): Promise<{ devices: number }> {
  const which = "deviceId" in input ? { id: input.deviceId } : { token: input.endpointOrToken };
  return ctx.db.transaction(async (tx) => {
    const { personId } = await requireOwner(ctx, tx);
    await unsubscribe(tx, { personId, ...which }, { now: ctx.now(), reason: why("unsubscribed").reason });
    return { devices: await countSubscriptions(tx, identityFor(ctx, personId)) };
  });
}

const ofOwner = ({ reader, personId }: Owner) =>
  and(
    eq(pushSubscriptions.personId, personId),
    reader === "staff"
      ? eq(pushSubscriptions.namespace, AGENT_NAMESPACE)
      : ne(pushSubscriptions.namespace, AGENT_NAMESPACE),
  );

/** The caller's devices, removed ones too, newest first; staff may name a person. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listDevices(
  ctx: Context,
  { personId }: { personId?: string | undefined },
): Promise<{ devices: Device[] }> {
  if (personId !== undefined) requireStaff(ctx.actor, "notifications:read");
  const whose =
    personId === undefined
      ? ofOwner(await ctx.db.transaction((tx) => requireOwner(ctx, tx)))
      : eq(pushSubscriptions.personId, personId);
  const rows = await ctx.db
    .select()
    .from(pushSubscriptions)
    .where(whose)
    .orderBy(desc(pushSubscriptions.registeredAt), pushSubscriptions.id)
    .limit(MAX_LISTED);
  return { devices: rows.map(toDevice) };
}

/**
 * Sends a test push to one of the caller's devices, or, for staff with `notifications:write`, to any.
 * @returns what the provider said
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function testDevice(ctx: Context, { deviceId }: { deviceId: string }) {
  const isForAll = ctx.actor.kind !== "customer" && isStaff(ctx.actor, "notifications:write");
  const mine = isForAll ? undefined : ofOwner(await ctx.db.transaction((tx) => requireOwner(ctx, tx)));
  const [device] = await ctx.db
    .select()
    .from(pushSubscriptions)
    .where(and(mine, eq(pushSubscriptions.id, deviceId), isNull(pushSubscriptions.removedAt)));
  if (!device) throw noticesError("deviceNotFound");
  return pushTest(ctx, device);
}

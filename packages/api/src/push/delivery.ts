import type { Database, Transaction } from "@pult/db/database.ts";
import { z } from "zod";
import type { Deps } from "../context.ts";
import { type DueItem, enqueue, type OutboxHandler, type Verdict } from "../outbox/outbox.ts";
import { backoffMs } from "../outbox/worker.ts";
import type { NewEntry } from "../realtime/log.ts";
import type { PushMessage } from "./sender.ts";
import { type PushIdentity, type PushSubscription, recordAttempt, selectActive, targetOf } from "./subscriptions.ts";

export const PUSH_LEASE = "push";

/** Part of every push's payload. */
export const pushedTo = {
  /** The devices that get it; null before it is known which. */
  deviceIds: z.array(z.string()).nullable(),
};
type PushedTo = z.infer<z.ZodObject<typeof pushedTo>>;

/** A push as the slice that asked for it finds it now. */
export interface AskedPush {
  to: PushIdentity;
  /** Why it is not wanted any more, such as that it was seen; null while it is wanted. */
  unwanted: string | null;
  messageOf(config: Deps["config"]): PushMessage;
}

/** What a slice that asks for pushes decides about them. */
export interface PushSource<Payload extends PushedTo> {
  schema: z.ZodType<Payload>;
  /** @returns null when what it tells of is gone */
  find(db: Database | Transaction, payload: Payload): Promise<AskedPush | null>;
  /** In the transaction that settles an item. @returns what is announced */
  settled(tx: Transaction, payload: Payload): Promise<readonly NewEntry[]>;
}

const MAX_ATTEMPTS = 8;
/** Why the item that was owed first ends: from here on each device has a queue, so that a broken one holds up no other. */
const FANNED_OUT = "Handed to each device";

/** Delivers a slice's pushes: first one item for the identity, then one for each of its devices. */
export function createPushHandler<Payload extends PushedTo>(source: PushSource<Payload>): OutboxHandler<Payload> {
  return {
    schema: source.schema,
    lease: () => PUSH_LEASE,
    buckets: () => [],
    async deliver(deps, item) {
      const { payload } = item;
      const push = await source.find(deps.db, payload);
      if (!push) return { state: "skipped", reason: "The message is gone" };
      if (push.unwanted !== null) return { state: "skipped", reason: push.unwanted };
      const [device] = await selectDevices(deps.db, push, payload);
      if (!device) return { state: "skipped", reason: "No registered device" };
      if (payload.deviceIds?.length !== 1) return { state: "skipped", reason: FANNED_OUT };
      return send(deps, item, { device, message: push.messageOf(deps.config) });
    },
    async settled(tx, item, settled) {
      if (settled.state === "skipped" && settled.reason === FANNED_OUT) {
        const push = await source.find(tx, item.payload);
        if (push) await enqueueForEach(tx, item, await selectDevices(tx, push, item.payload));
      }
      return source.settled(tx, item.payload);
    },
  };
}

async function selectDevices(
  db: Database | Transaction,
  { to }: AskedPush,
  { deviceIds }: PushedTo,
): Promise<PushSubscription[]> {
  const active = await selectActive(db, to);
  return deviceIds === null ? active : active.filter(({ id }) => deviceIds.includes(id));
}

/** Queues of one device each: pushes reach it in the order in which they were asked for. */
const enqueueForEach = (
  tx: Transaction,
  { kind, lease, priority, dueAt, subject, personId, route, payload }: DueItem<PushedTo>,
  devices: readonly PushSubscription[],
): Promise<void> =>
  enqueue(
    tx,
    devices.map(({ id }) => ({
      ...{ queue: `push:${id}`, kind, lease, priority, dueAt, subject, personId, route },
      payload: { ...payload, deviceIds: [id] },
    })),
  );

async function send(
  deps: Deps,
  { subject, attempts }: DueItem,
  { device, message }: { device: PushSubscription; message: PushMessage },
): Promise<Verdict<never>> {
  const result = await deps.push.send(targetOf(device), message);
  await recordAttempt(deps.db, { subscriptionId: device.id, subject, result, now: deps.now() });
  const { state, reason } = result;
  if (state === "accepted") return { state: "done" };
  if (state !== "retry" || attempts + 1 >= MAX_ATTEMPTS) return { state: "failed", reason: reason ?? "" };
  return { state: "wait", scope: "provider", reason, delayMs: result.retryAfterMs ?? backoffMs(attempts) };
}

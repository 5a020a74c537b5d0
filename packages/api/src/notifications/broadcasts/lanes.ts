import type { Transaction } from "@pult/db/database.ts";
import { countChanged, rowsOf, textsIn } from "@pult/db/rows.ts";
import { broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, asc, eq, gte, sql } from "drizzle-orm";
import { z } from "zod";
import { type DueItem, enqueue, type OutboxItem } from "../../outbox/outbox.ts";
import { type BroadcastRow, targetSubject } from "./rows.ts";

/**
 * Calls of one broadcast that are under way at most. Each lane is a queue of the outbox with one item: settling it puts the lane's next
 * customer there. So the outbox stays small however many customers there are, and a pause needs no row of it.
 */
const LANES = 48;

export const customerPayload = z.object({ targetId: z.int(), broadcastId: z.uuid(), paid: z.boolean() });
export type CustomerPayload = z.infer<typeof customerPayload>;

const laneOf = (targetId: number): number => targetId % LANES;
const queueOf = (broadcastId: string, lane: number): string => `broadcast:${broadcastId}:${lane}`;

/** A broadcast with what its lanes need to know. */
type Lanes = Pick<BroadcastRow, "id" | "paid"> & Pick<OutboxItem, "lease" | "dueAt">;

function itemOf({ id: broadcastId, paid, lease, dueAt }: Lanes, targetId: number): OutboxItem<CustomerPayload> {
  return {
    queue: queueOf(broadcastId, laneOf(targetId)),
    kind: "notifications.customer",
    lease,
    priority: "bulk",
    dueAt,
    payload: { targetId, broadcastId, paid },
    subject: targetSubject(targetId),
    personId: null,
    route: "broadcast",
  };
}

/** Makes everyone who is subscribed now a recipient. @returns how many */
export const addCustomers = (
  tx: Transaction,
  { id, languageCode }: Pick<BroadcastRow, "id" | "languageCode">,
): Promise<number> =>
  countChanged(
    tx,
    sql`insert into broadcast_targets (broadcast_id, chat_id, pin, language_code)
        select ${id}::uuid, chat_id, false, language_code from broadcast_subscriptions
        where ended_at is null and (${languageCode}::text is null or language_code = ${languageCode}) order by subscribed_at, chat_id`,
  );

/** Puts the first waiting customer of every lane into the outbox where it has none. */
export async function startLanes(tx: Transaction, lanes: Lanes): Promise<void> {
  const first = rowsOf<{ id: number | string }>(
    await tx.execute(sql`
      select min(id) as id from broadcast_targets where broadcast_id = ${lanes.id} and state = 'pending'
      group by id % ${sql.raw(String(LANES))} order by 1`),
  );
  const items = first.map(({ id }) => itemOf(lanes, Number(id)));
  const busy = rowsOf<{ queue: string }>(
    await tx.execute(sql`
      select distinct queue from outbox
      where state = 'pending' and lease = ${lanes.lease} and queue in ${textsIn(items.map(({ queue }) => queue))}`),
  ).map(({ queue }) => queue);
  await enqueue(
    tx,
    items.filter(({ queue }) => !busy.includes(queue)),
  );
}

/** Locks the broadcast of a lane until the transaction ends: lanes do not wait for each other, and a pause waits for them. */
export async function lockForLane(
  tx: Transaction,
  { broadcastId }: CustomerPayload,
): Promise<Pick<BroadcastRow, "id" | "state" | "paid"> | null> {
  const [broadcast] = await tx
    .select({ id: broadcasts.id, state: broadcasts.state, paid: broadcasts.paid })
    .from(broadcasts)
    .where(eq(broadcasts.id, broadcastId))
    .for("share");
  return broadcast ?? null;
}

/** Goes on with the next customer of the lane. */
export async function continueLane(
  tx: Transaction,
  { payload, lease, dueAt }: DueItem<CustomerPayload>,
  broadcast: Pick<BroadcastRow, "id" | "paid">,
): Promise<void> {
  const { targetId } = payload;
  const firstFrom = async (id: number) => {
    const isWaiting = and(
      eq(broadcastTargets.broadcastId, broadcast.id),
      eq(broadcastTargets.state, "pending"),
      gte(broadcastTargets.id, id),
      sql`${broadcastTargets.id} % ${LANES} = ${laneOf(targetId)}`,
    );
    const query = tx.select({ id: broadcastTargets.id }).from(broadcastTargets).where(isWaiting);
    return (await query.orderBy(asc(broadcastTargets.id)).limit(1))[0];
  };
  // Itself, when a pause that is over by now held it back; earlier ones, when they are tried again.
  const next = (await firstFrom(targetId)) ?? (await firstFrom(0));
  if (next) await enqueue(tx, [itemOf({ ...broadcast, lease, dueAt }, next.id)]);
}

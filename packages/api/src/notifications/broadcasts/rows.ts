import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { asc, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { OutboxItem } from "../../outbox/outbox.ts";
import type { NewEntry } from "../../realtime/log.ts";
import { broadcastsTopic } from "../events.ts";
import { problemOf } from "./problem.ts";
import { type Broadcast, type BroadcastTarget, TARGET_STATES, type TargetState } from "./schema.ts";

export const broadcastPayload = z.object({
  /** `unpin`: the target's message was pinned before, and another has taken its place. */
  type: z.enum(["send", "pin", "unpin"]),
  targetId: z.int(),
  chatId: z.int(),
  /** The caller waits for the outcome: what takes long fails, and is told. */
  isAwaited: z.boolean(),
});
export type BroadcastPayload = z.infer<typeof broadcastPayload>;

export type BroadcastRow = typeof broadcasts.$inferSelect;
export type TargetRow = typeof broadcastTargets.$inferSelect;

/** A target with its broadcast, as a delivery needs them. */
export interface Found {
  target: TargetRow;
  broadcast: BroadcastRow;
}

export const targetSubject = (id: number): string => `notifications.target:${id}`;

export async function selectTarget(db: Database | Transaction, id: number): Promise<Found | null> {
  const [row] = await db
    .select({ target: broadcastTargets, broadcast: broadcasts })
    .from(broadcastTargets)
    .innerJoin(broadcasts, eq(broadcasts.id, broadcastTargets.broadcastId))
    .where(eq(broadcastTargets.id, id));
  return row ?? null;
}

/** The same, locked until the transaction ends: what is announced of a broadcast is then its newest state. */
export async function lockTarget(tx: Transaction, id: number): ReturnType<typeof selectTarget> {
  const found = await selectTarget(tx, id);
  if (!found) return null;
  await tx.select({ id: broadcasts.id }).from(broadcasts).where(eq(broadcasts.id, found.broadcast.id)).for("update");
  return selectTarget(tx, id);
}

/** Broadcasts, those to topics with their targets, in the order of `ids`. */
export async function selectBroadcasts(db: Database | Transaction, ids: readonly string[]): Promise<Broadcast[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select()
    .from(broadcasts)
    .where(inArray(broadcasts.id, [...ids]));
  const toTopics = rows.filter(({ recipients }) => recipients === "topics").map(({ id }) => id);
  const targets = await db
    .select()
    .from(broadcastTargets)
    .where(inArray(broadcastTargets.broadcastId, toTopics))
    .orderBy(asc(broadcastTargets.id));
  const byBroadcast = Map.groupBy(targets, ({ broadcastId }) => broadcastId);
  return ids.flatMap((id) => {
    const row = rows.find((one) => one.id === id);
    return row ? [toBroadcast(row, byBroadcast.get(id) ?? [])] : [];
  });
}

function toBroadcast(row: BroadcastRow, targets: readonly TargetRow[]): Broadcast {
  const { id, kind, text, state, pauseReason, recipients, languageCode, paid, createdBy, createdAt, startsAt } = row;
  return {
    id,
    kind: kind as Broadcast["kind"],
    text,
    state: state as Broadcast["state"],
    pauseReason,
    recipients: recipients as Broadcast["recipients"],
    languageCode,
    paid,
    createdBy,
    createdAt: createdAt.toISOString(),
    startsAt: startsAt.toISOString(),
    counts: { ...noCounts(), ...(row.counts ?? countsOf(targets)) },
    targets: targets.map(toTarget),
  };
}

export const noCounts = (): Broadcast["counts"] =>
  Object.fromEntries(TARGET_STATES.map((state) => [state, 0])) as Broadcast["counts"];

/** How many of these are in each state. */
export function countsOf(targets: readonly { state: string }[]): Broadcast["counts"] {
  const counts = noCounts();
  for (const { state } of targets) counts[state as TargetState] += 1;
  return counts;
}

export function toTarget(row: TargetRow): BroadcastTarget {
  const { id, chatId, threadId, reason, telegramMessageId: messageId, finishedAt } = row;
  const state = row.state as BroadcastTarget["state"];
  const problem = problemOf(reason);
  return { id, chatId, threadId, state, reason, problem, messageId, finishedAt: finishedAt?.toISOString() ?? null };
}

/** A broadcast's recipients by the state of their delivery. */
export async function countTargets(db: Database | Transaction, id: string): Promise<Broadcast["counts"]> {
  const rows = rowsOf<{ state: TargetState; count: number | string }>(
    await db.execute(sql`
      select state, count(*) as count from broadcast_targets where broadcast_id = ${id} group by state`),
  );
  return { ...noCounts(), ...Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)])) };
}

/** Tells staff how far a broadcast has come. */
export async function announce(tx: Transaction, id: string): Promise<NewEntry[]> {
  const [broadcast] = await selectBroadcasts(tx, [id]);
  return broadcast ? [{ topic: broadcastsTopic.name("all"), payload: { type: "changed", broadcast } }] : [];
}

/** A change that finishes a target. */
export const finishTarget = (tx: Transaction, { id }: Pick<TargetRow, "id">, changes: Partial<TargetRow>) =>
  updateTarget(tx, { id }, { ...changes, finishedAt: new Date() });

export async function updateTarget(
  tx: Transaction,
  { id }: Pick<TargetRow, "id">,
  changes: Partial<TargetRow>,
): Promise<void> {
  await tx.update(broadcastTargets).set(changes).where(eq(broadcastTargets.id, id));
}

/** A call that a target owes. */
export function itemFor(
  { id, chatId, threadId }: Pick<TargetRow, "id" | "chatId" | "threadId">,
  given: Pick<OutboxItem, "lease" | "dueAt" | "priority"> & { queue?: string } & Omit<
      BroadcastPayload,
      "targetId" | "chatId"
    >,
): OutboxItem<BroadcastPayload> {
  const { lease, dueAt, priority, queue = `broadcast:${chatId}:${threadId ?? 0}`, ...payload } = given;
  return {
    queue,
    kind: "notifications.broadcast",
    lease,
    priority,
    dueAt,
    payload: { ...payload, targetId: id, chatId },
    subject: targetSubject(id),
    personId: null,
    route: "broadcast",
  };
}

/** Of these targets, those that no pending item of the outbox is about. */
export async function withoutItem(tx: Transaction, targets: readonly TargetRow[]): Promise<TargetRow[]> {
  const subjects = targets.map(({ id }) => targetSubject(id));
  const owed = rowsOf<{ subject: string }>(
    await tx.execute(sql`select subject from outbox where state = 'pending' and subject in ${textsIn(subjects)}`),
  );
  const known = new Set(owed.map(({ subject }) => subject));
  return targets.filter(({ id }) => !known.has(targetSubject(id)));
}

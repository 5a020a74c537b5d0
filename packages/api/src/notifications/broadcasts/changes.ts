import type { Transaction } from "@pult/db/database.ts";
import { broadcasts } from "@pult/db/schema/notifications.ts";
import { eq } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { type Appended, appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import { notificationsError } from "../errors.ts";
import { announce, type BroadcastRow, countTargets, selectBroadcasts } from "./rows.ts";
import type { Broadcast } from "./schema.ts";
import { tellAuthor } from "./tell-author.ts";

type Changed = { broadcast: Broadcast; appended: Appended | null };

/**
 * Locks a broadcast, changes it, and announces that where it was changed.
 * @param change returns whether it changed anything, or what else is to be told of that
 */
export async function changeLocked(
  tx: Transaction,
  id: string,
  change: (row: BroadcastRow) => Promise<boolean | readonly NewEntry[]>,
): Promise<Changed> {
  const [row] = await tx.select().from(broadcasts).where(eq(broadcasts.id, id)).for("update");
  if (!row) throw notificationsError("broadcastNotFound");
  const changed = await change(row);
  if (changed === false) return { broadcast: await theOne(tx, id), appended: null };
  return withAnnouncement(tx, row, changed === true ? [] : changed);
}

/** A broadcast as it is now, and told to staff. */
export async function withAnnouncement(
  tx: Transaction,
  { id, recipients }: Pick<BroadcastRow, "id" | "recipients">,
  more: readonly NewEntry[] = [],
): Promise<Changed> {
  if (recipients === "customers")
    await tx
      .update(broadcasts)
      .set({ counts: await countTargets(tx, id) })
      .where(eq(broadcasts.id, id));
  return tell(tx, id, more);
}

/** Tells staff of a broadcast as it stands in its row. */
export async function tell(tx: Transaction, id: string, more: readonly NewEntry[] = []): Promise<Changed> {
  const appended = await appendToLogs(tx, [...(await announce(tx, id)), ...more]);
  return { broadcast: await theOne(tx, id), appended };
}

export async function theOne(tx: Transaction, id: string): Promise<Broadcast> {
  const [broadcast] = await selectBroadcasts(tx, [id]);
  if (!broadcast) throw notificationsError("broadcastNotFound");
  return broadcast;
}

/** Makes a change in one transaction, then tells of it. */
export async function publish(
  { db, bus }: Pick<Deps, "db" | "bus">,
  change: (tx: Transaction) => Promise<Changed>,
): Promise<Broadcast> {
  const { broadcast, appended } = await db.transaction(change);
  if (appended) {
    publishAppended(bus, appended);
    publishDue(bus);
  }
  return broadcast;
}

/** Pauses a broadcast that cannot go on as it was asked for, and tells its author. */
export async function pauseForReason(deps: Deps, { id, reason }: { id: string; reason: string }): Promise<void> {
  await publish(deps, (tx) =>
    changeLocked(tx, id, async (row) => {
      if (row.state !== "active") return false;
      await tx.update(broadcasts).set({ state: "paused", pauseReason: reason }).where(eq(broadcasts.id, id));
      return tellAuthor(tx, row, { outcome: "paused", at: deps.now() });
    }),
  );
}

import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { selectHolders } from "../../auth/team/holders.ts";
import { notify, settleNotices } from "../../notices/notify.ts";
import type { NewEntry } from "../../realtime/log.ts";
import { broadcastNotice } from "../notices.ts";
import type { BroadcastRow } from "./rows.ts";
import type { BroadcastNews } from "./schema.ts";

const aboutOf = (id: string): string => `notifications.broadcast:${id}`;
const keyOf = (id: string): string => `${broadcastNotice.name}:${aboutOf(id)}`;

type Sent = Pick<BroadcastRow, "id" | "actorKey" | "text" | "recipients">;

/**
 * Tells the agent who sent a broadcast that it has paused by itself, or how it has ended; one to topics, which takes a moment, only where
 * something has failed. Users of the Mini App get toasts, and keys have no list. Called before the transaction appends to other logs.
 */
export async function tellAuthor(
  tx: Transaction,
  { id, actorKey, text, recipients }: Sent,
  { outcome, at }: { outcome: BroadcastNews["outcome"]; at: Date },
): Promise<NewEntry[]> {
  const [kind, personId = ""] = actorKey.split(":");
  if (kind !== "agent" || !(await selectHolders(tx, "notifications:read")).includes(personId)) return [];
  const counts = await countOutcomes(tx, id);
  if (outcome === "ended" && recipients === "topics" && counts.failed + counts.unknown === 0) return [];
  const data: BroadcastNews = { outcome, text, ...counts };
  const event = `broadcast:${id}:${outcome}:${at.toISOString()}`;
  const about = aboutOf(id);
  return (await notify(tx, at, [{ kind: broadcastNotice, personId, event, about, data }])).entries;
}

/** A message that could not be pinned counts as failed. */
async function countOutcomes(tx: Transaction, id: string): Promise<Pick<BroadcastNews, "sent" | "failed" | "unknown">> {
  const isUnpinned = sql`(state = 'sent' and pin and reason is not null)`;
  const [row] = rowsOf<Record<"sent" | "failed" | "unknown", number>>(
    await tx.execute(sql`
      select count(*) filter (where state in ('sent', 'pinned') and not ${isUnpinned})::int as sent,
             count(*) filter (where state = 'failed' or ${isUnpinned})::int as failed,
             count(*) filter (where state = 'unknown')::int as unknown
      from broadcast_targets where broadcast_id = ${id}::uuid`),
  );
  return row ?? { sent: 0, failed: 0, unknown: 0 };
}

/** What was told of a broadcast is settled: a person has decided. */
export const settleTold = (tx: Transaction, now: Date, { id }: Pick<Sent, "id">): Promise<NewEntry[]> =>
  settleNotices(tx, now, { keys: [keyOf(id)] });

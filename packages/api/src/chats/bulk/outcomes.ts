import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramBulkRecipients, telegramBulks } from "@pult/db/schema/bulk.ts";
import { telegramSends } from "@pult/db/schema/chats.ts";
import { and, eq, notExists, sql } from "drizzle-orm";
import { type NewNotice, notify } from "../../notices/notify.ts";
import type { NewEntry } from "../../realtime/log.ts";
import { selectSettings } from "../agreements/settings.ts";
import { STOPPING, type StoredFailure } from "../sends/refusals.ts";
import type { Target } from "../store/present.ts";
import { release } from "./claim.ts";
import { agentsAmong, bulkNotices } from "./notices.ts";
import { countRecipients, entryOf } from "./rows.ts";
import { lookLater } from "./tick.ts";

interface Outcome {
  state: "queued" | "sent" | "failed" | "skipped" | "unknown";
  reason: string | null;
}

/** What became of a message by its send; null while that is not known. */
export function outcomeOf({ state, error }: { state: string; error: StoredFailure | null }): Outcome | null {
  if (state === "sent") return { state, reason: null };
  if (state === "queued") return error && !error.isUncertain ? { state, reason: null } : null;
  if (state !== "failed") return null;
  const { kind = "down", reason = "INTERNAL", isUncertain = true } = error ?? {};
  if (isUncertain) return { state: "unknown", reason };
  // It is the account's matter, not the recipient's.
  if (STOPPING.test(reason) || kind === "expired") return { state: "queued", reason: null };
  return /PAYMENT_REQUIRED/.test(reason) ? { state: "skipped", reason: "paid" } : { state: "failed", reason };
}

/** Stores what became of the calls that were begun. One that was surely not made waits for its turn again, and is looked at once more then. */
export async function storeOutcomes(
  tx: Transaction,
  { target: { storeId, accountId }, now }: { target: Target; now: Date },
): Promise<NewEntry[]> {
  const begun = rowsOf<{ id: number; bulkId: string; sendId: number; state: string; error: StoredFailure | null }>(
    await tx.execute(sql`
      select r.id, r.bulk_id as "bulkId", s.id as "sendId", s.state, s.error
      from telegram_bulk_recipients r join telegram_sends s on s.id = r.send_id
      where r.store_id = ${storeId} and r.state = 'sending' for update of r`),
  );
  const changed = new Set<string>();
  for (const { id, bulkId, sendId, ...send } of begun) {
    const outcome = outcomeOf(send);
    if (!outcome) continue;
    const isIt = eq(telegramBulkRecipients.id, Number(id));
    if (outcome.state === "queued") await release(tx, Number(sendId));
    else
      await tx
        .update(telegramBulkRecipients)
        .set({ ...outcome, finishedAt: now })
        .where(isIt);
    changed.add(bulkId);
  }
  return [...changed].map((bulkId) => entryOf(accountId, bulkId));
}

/** Calls whose outcome will not be known: nothing makes them again. */
export async function giveUpBegun(tx: Transaction, { storeId }: Target, now: Date): Promise<void> {
  const given = await tx
    .update(telegramBulkRecipients)
    .set({ state: "unknown", reason: "INTERNAL", finishedAt: now })
    .where(and(eq(telegramBulkRecipients.storeId, storeId), eq(telegramBulkRecipients.state, "sending")))
    .returning({ sendId: telegramBulkRecipients.sendId });
  const error: StoredFailure = { kind: "down", reason: "INTERNAL", waitSeconds: 0, isUncertain: true };
  for (const { sendId } of given)
    if (sendId !== null)
      await tx.update(telegramSends).set({ state: "failed", error }).where(eq(telegramSends.id, sendId));
}

/** Ends what has no recipients left, and looks for the next one after the gap. */
export async function goOn(tx: Transaction, { target, now }: { target: Target; now: Date }): Promise<NewEntry[]> {
  const { storeId, accountId } = target;
  const isRunning = and(eq(telegramBulks.storeId, storeId), eq(telegramBulks.state, "running"));
  const open = tx
    .select({ one: sql`1` })
    .from(telegramBulkRecipients)
    .where(
      and(
        eq(telegramBulkRecipients.bulkId, telegramBulks.id),
        sql`${telegramBulkRecipients.state} in ('queued', 'sending')`,
      ),
    );
  const ended = await tx
    .update(telegramBulks)
    .set({ state: "done", finishedAt: now, updatedAt: now })
    .where(and(isRunning, notExists(open)))
    .returning();
  const notices: NewNotice[] = [];
  const counted = await countRecipients(
    tx,
    ended.map(({ id }) => id),
  );
  for (const row of ended) {
    const { sent = 0, read = 0, failed = 0, unknown = 0 } = counted.get(row.id)?.counts ?? {};
    const news = { outcome: "ended", sent: sent + read, failed: failed + unknown } as const;
    notices.push(...bulkNotices({ row, readers: await agentsAmong(tx, row.authors as string[]), news, now }));
  }
  if ((await tx.$count(telegramBulks, isRunning)) > 0) {
    const { gapSeconds } = await selectSettings(tx, storeId, now);
    await lookLater(tx, target, new Date(now.getTime() + gapSeconds * 1_000));
  }
  const { entries } = await notify(tx, now, notices);
  return [...entries, ...ended.map(({ id }) => entryOf(accountId, id))];
}

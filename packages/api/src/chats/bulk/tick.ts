import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { enqueue, type OutboxItem } from "../../outbox/outbox.ts";
import { accountLease } from "../engine/lease.ts";
import type { Target } from "../store/present.ts";

export const bulkPayload = z.object({ accountId: z.string(), storeId: z.string() });
export type BulkPayload = z.infer<typeof bulkPayload>;

const queueOf = (accountId: string): string => `bulk:${accountId}`;

/** One queue for each account, whose one item is its next message to many, whatever that turns out to be. */
const itemOf = ({ accountId, storeId }: Target, dueAt: Date): OutboxItem<BulkPayload> => ({
  queue: queueOf(accountId),
  kind: "chats.bulk",
  lease: accountLease(accountId),
  priority: "bulk",
  dueAt,
  payload: { accountId, storeId },
  subject: `chats.bulk:${accountId}`,
  personId: null,
  route: "telegram-account",
});

/** Looks at once for what the account is to send to many. Call `publishDue` after the commit. */
export const wakeAccount = (tx: Transaction, target: Target, now: Date): Promise<void> =>
  enqueue(tx, [{ ...itemOf(target, now), expeditesEarlier: true }]);

/** The same later, unless it is done anyway. */
export async function lookLater(tx: Transaction, target: Target, dueAt: Date): Promise<void> {
  const lease = accountLease(target.accountId);
  const others = rowsOf(
    await tx.execute(sql`
      select 1 from outbox where state = 'pending' and lease = ${lease} and queue = ${queueOf(target.accountId)} limit 1`),
  );
  if (others.length === 0) await enqueue(tx, [itemOf(target, dueAt)]);
}

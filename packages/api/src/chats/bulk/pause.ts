import type { Transaction } from "@pult/db/database.ts";
import { telegramBulks } from "@pult/db/schema/bulk.ts";
import { and, eq } from "drizzle-orm";
import type { NewNotice } from "../../notices/notify.ts";
import type { NewEntry } from "../../realtime/log.ts";
import type { Target } from "../store/present.ts";
import { agentsAmong, bulkNotices } from "./notices.ts";
import { type BulkRow, entryOf } from "./rows.ts";

interface Pause {
  target: Target;
  /** Telegram's own name, `accountExpired` or `internal`. */
  reason: string;
  now: Date;
}

/** Why what an account sends to many pauses when Telegram ends its session. */
export const ACCOUNT_EXPIRED = "accountExpired";

/** Pauses everything that an account sends to many, until a person goes on with it. @returns what its authors are to be told, and what is announced */
export async function pauseBulks(
  tx: Transaction,
  { target, reason, now }: Pause,
): Promise<{ notices: NewNotice[]; entries: NewEntry[] }> {
  const { storeId, accountId } = target;
  const paused: BulkRow[] = await tx
    .update(telegramBulks)
    .set({ state: "paused", pauseReason: reason, updatedAt: now })
    .where(and(eq(telegramBulks.storeId, storeId), eq(telegramBulks.state, "running")))
    .returning();
  const notices: NewNotice[] = [];
  for (const row of paused) {
    const readers = await agentsAmong(tx, row.authors as string[]);
    notices.push(...bulkNotices({ row, readers, news: { outcome: "stopped", reason }, now }));
  }
  return { notices, entries: paused.map(({ id }) => entryOf(accountId, id)) };
}

/** After a restore nothing goes on by itself: a person looks first. */
export const pauseAllBulks = (tx: Transaction, now: Date) =>
  tx
    .update(telegramBulks)
    .set({ state: "paused", pauseReason: "restored", updatedAt: now })
    .where(eq(telegramBulks.state, "running"));

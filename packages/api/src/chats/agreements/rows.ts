import type { Transaction } from "@pult/db/database.ts";
import { telegramAgreements, telegramBulkRecipients } from "@pult/db/schema/bulk.ts";
import { and, eq, isNull } from "drizzle-orm";
import { enqueue } from "../../outbox/outbox.ts";
import type { SkipReason } from "../bulk/schema.ts";
import { insertSends, itemsFor } from "../sends/store.ts";
import type { Target } from "../store/present.ts";
import { isRussian } from "./words.ts";

export type AgreementRow = typeof telegramAgreements.$inferSelect;

export const isLive = (storeId: string, chatId: number) =>
  and(
    eq(telegramAgreements.storeId, storeId),
    eq(telegramAgreements.chatId, chatId),
    isNull(telegramAgreements.endedAt),
  );

const CONFIRMATION = {
  ru: "Вы отписались. Рассылок от этого аккаунта больше не будет.",
  en: "You are unsubscribed. This account sends you no more of these messages.",
};

interface Stop {
  chatId: number;
  /** What they wrote. */
  text: string;
  at: Date;
}

/**
 * Ends the agreement of a person who wrote that they want no more, and confirms it to them, once: the confirmation's client id is the agreement's.
 * Call `publishDue` after the commit.
 * @returns messages to many that do not reach them any more; null without an agreement
 */
export async function stopAgreement(
  tx: Transaction,
  target: Target,
  { chatId, text, at }: Stop,
): Promise<string[] | null> {
  const { storeId } = target;
  const [ended] = await tx
    .update(telegramAgreements)
    .set({ endedAt: at, endedBy: "stop" })
    .where(isLive(storeId, chatId))
    .returning();
  if (!ended) return null;
  const bulkIds = await skipQueued(tx, { storeId, chatId, reason: "stopped", now: at });
  const rows = await insertSends(
    tx,
    { storeId, now: at },
    {
      ...{ chatId, clientId: `stop:${ended.id}`, contentHash: "", sentBy: "pult", media: [], entities: [] },
      text: CONFIRMATION[isRussian(text) ? "ru" : "en"],
      silent: true,
    },
  );
  await enqueue(tx, itemsFor(target, rows, { mode: "queue", untilMs: null, now: at }));
  return bulkIds;
}

/** Takes a person out of every message to many of an account that has not reached them yet. @returns of which */
export async function skipQueued(
  tx: Transaction,
  { storeId, chatId, reason, now }: { storeId: string; chatId: number; reason: SkipReason; now: Date },
): Promise<string[]> {
  const { bulkId, storeId: store, chatId: chat, state } = telegramBulkRecipients;
  const skipped = await tx
    .update(telegramBulkRecipients)
    .set({ state: "skipped", reason, finishedAt: now })
    .where(and(eq(store, storeId), eq(chat, chatId), eq(state, "queued")))
    .returning({ bulkId });
  return skipped.map((one) => one.bulkId);
}

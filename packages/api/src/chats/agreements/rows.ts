import type { Transaction } from "@pult/db/database.ts";
import { telegramAgreements } from "@pult/db/schema/bulk.ts";
import { and, eq, isNull } from "drizzle-orm";
import { enqueue } from "../../outbox/outbox.ts";
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
 * @returns whether there was one
 */
export async function stopAgreement(tx: Transaction, target: Target, { chatId, text, at }: Stop): Promise<boolean> {
  const { storeId } = target;
  const [ended] = await tx
    .update(telegramAgreements)
    .set({ endedAt: at, endedBy: "stop" })
    .where(isLive(storeId, chatId))
    .returning();
  if (!ended) return false;
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
  return true;
}

import type { Transaction } from "@pult/db/database.ts";
import { telegramAgreements, telegramBulkSettings } from "@pult/db/schema/bulk.ts";
import { telegramChats } from "@pult/db/schema/chats.ts";
import { and, eq, inArray } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import type { TelegramMessage } from "../engine/telegram.ts";
import type { Target } from "../store/present.ts";
import { stopAgreement } from "./rows.ts";
import { BULK_DEFAULTS } from "./settings.ts";
import { isStop, wordOf } from "./words.ts";

const isTheirs = ({ chatId, isOutgoing, isService }: TelegramMessage): boolean =>
  chatId > 0 && !isOutgoing && !isService;

/**
 * Takes note of people who agree to be written to or want no more of it, in the transaction that stores their messages, in their order.
 * @returns messages to many that do not reach people any more; null when nothing was put into the outbox
 */
export async function hearAgreements(
  tx: Transaction,
  { now }: Pick<Deps, "now">,
  { target, messages }: { target: Target; messages: readonly TelegramMessage[] },
): Promise<string[] | null> {
  const theirs = messages.filter(isTheirs);
  if (theirs.length === 0) return null;
  const words = await selectWords(tx, target.storeId);
  const meant = theirs.flatMap((message) => {
    const word = wordOf(message.text, words);
    return word !== null || isStop(message.text) ? [{ ...message, word }] : [];
  });
  if (meant.length === 0) return null;
  const people = await selectPeople(
    tx,
    target.storeId,
    meant.map(({ chatId }) => chatId),
  );
  let stopped: string[] | null = null;
  for (const { chatId, id: messageId, text, word, date } of meant) {
    if (!people.has(chatId)) continue;
    const ended = word === null ? await stopAgreement(tx, target, { chatId, text, at: now() }) : null;
    if (ended) stopped = [...(stopped ?? []), ...ended];
    if (word !== null)
      await tx
        .insert(telegramAgreements)
        .values({
          ...{ storeId: target.storeId, chatId, how: "word", word, messageId },
          agreedAt: new Date(date * 1_000),
        })
        .onConflictDoNothing();
  }
  return stopped;
}

async function selectWords(tx: Transaction, storeId: string): Promise<readonly string[]> {
  const [row] = await tx
    .select({ words: telegramBulkSettings.words })
    .from(telegramBulkSettings)
    .where(eq(telegramBulkSettings.storeId, storeId));
  return (row?.words as string[] | undefined) ?? BULK_DEFAULTS.words;
}

/** Those of these chats that are with people, not with bots. */
async function selectPeople(tx: Transaction, storeId: string, chatIds: readonly number[]): Promise<Set<number>> {
  const rows = await tx
    .select({ chatId: telegramChats.chatId })
    .from(telegramChats)
    .where(
      and(
        eq(telegramChats.storeId, storeId),
        inArray(telegramChats.chatId, [...chatIds]),
        eq(telegramChats.type, "private"),
      ),
    );
  return new Set(rows.map(({ chatId }) => chatId));
}

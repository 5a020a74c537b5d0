import type { Transaction } from "@pult/db/database.ts";
import { selectQuotes } from "./message-rows.ts";
import { isInternal, type StoredMessage } from "./stored.ts";
import type { MessageWrite } from "./write.ts";

export type Quoted = StoredMessage["replyTo"];

/** What each message quotes: one of its own conversation, and one that the customer may see when they see the message. Any other id quotes nothing. */
export async function quotesOf(
  tx: Transaction,
  fresh: readonly { write: MessageWrite; conversation: { id: number } }[],
): Promise<Quoted[]> {
  const ids = [...new Set(fresh.flatMap(({ write }) => write.replyToId ?? []))];
  if (ids.length === 0) return fresh.map(() => null);
  const found = await selectQuotes(tx, ids);
  return fresh.map(({ write, conversation }) => {
    const quoted = found.get(write.replyToId ?? -1);
    if (quoted?.conversationId !== conversation.id) return null;
    return isInternal(write.kind) || !isInternal(quoted.kind) ? quoted.quote : null;
  });
}

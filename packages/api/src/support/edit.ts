import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { enqueue, publishDue } from "../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { storableText } from "../storable.ts";
import { selectConversations } from "./conversation-rows.ts";
import { saveConversations } from "./conversation-write.ts";
import { inboxEntry, messageEntries } from "./log-entries.ts";
import { selectMessages } from "./message-rows.ts";
import { planEdits } from "./plan-deliveries.ts";
import { deliveryRoutesOf } from "./routes.ts";
import type { StoredMessage } from "./stored.ts";

/**
 * Gives a message new words, on every side.
 * @returns false when it had these words already, or is gone
 */
export async function editMessage(ctx: Context, edit: { messageId: number; text: string }): Promise<boolean> {
  const text = storableText(edit.text);
  const now = ctx.now();
  const done = await ctx.db.transaction(async (tx) => {
    const [place] = rowsOf<{ c: number }>(
      await tx.execute(sql`select conversation_id as c from messages where id = ${edit.messageId}`),
    );
    const [record] = place ? await selectConversations(tx, sql`c.id = ${place.c}`, { lock: true }) : [];
    const [found] = await selectMessages(tx, sql`m.id = ${edit.messageId}`, { deliveries: true });
    if (!record || !found || found.message.text === text || (text === "" && found.message.photos.length === 0))
      return null;
    const message: StoredMessage = { ...found.message, text, editedAt: now.toISOString() };
    await tx.execute(
      sql`update messages set text = ${text}, edited_at = ${message.editedAt}::timestamptz where id = ${message.id}`,
    );
    const items = planEdits({ message, conversation: record }, { routes: deliveryRoutesOf(ctx), now });
    await enqueue(tx, items);
    const entries = messageEntries("messageEdited", message, record);
    if (record.lastMessageId === message.id) {
      record.lastMessageText = text.slice(0, 200).toWellFormed();
      await saveConversations(tx, [record]);
      entries.push(inboxEntry(record));
    }
    return { appended: await appendToLogs(tx, entries), owes: items.length > 0 };
  });
  if (!done) return false;
  publishAppended(ctx.bus, done.appended);
  if (done.owes) publishDue(ctx.bus);
  return true;
}

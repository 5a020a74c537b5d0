import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { releaseFiles } from "../media/files.ts";
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
import { messageSubject } from "./subjects.ts";
import { rewordMessage } from "./tell-agents.ts";

/**
 * Gives a message new words, on every side.
 * @returns false when it had these words already, or is gone
 */
export const editMessage = (ctx: Context, edit: { messageId: number; text: string }): Promise<boolean> =>
  changeMessage(ctx, edit.messageId, { text: storableText(edit.text) });

/**
 * Takes a message back, as its sender has: its words and photos go, its place stays.
 * @returns false when it was taken back already, or is gone
 */
export const unsendMessage = (ctx: Context, messageId: number): Promise<boolean> => changeMessage(ctx, messageId, null);

/** What a copy in Telegram says of a message that was taken back. */
const UNSENT = "[unsent]";

async function changeMessage(ctx: Context, messageId: number, edit: { text: string } | null): Promise<boolean> {
  const now = ctx.now();
  const done = await ctx.db.transaction(async (tx) => {
    const [place] = rowsOf<{ c: number }>(
      await tx.execute(sql`select conversation_id as c from messages where id = ${messageId}`),
    );
    const [record] = place ? await selectConversations(tx, sql`c.id = ${place.c}`, { lock: true }) : [];
    const [found] = await selectMessages(tx, sql`m.id = ${messageId}`, { deliveries: true });
    if (!record || !found || found.message.deletedAt) return null;
    const message: StoredMessage | null = edit
      ? edited(found.message, edit.text, now)
      : { ...found.message, ...unsent(now) };
    if (!message) return null;
    await storeChange(tx, message);
    const shown = message.deletedAt ? { ...message, text: UNSENT } : message;
    const items = planEdits({ message: shown, conversation: record }, { routes: deliveryRoutesOf(ctx), now });
    await enqueue(tx, items);
    const reworded = message.kind === "customer" ? await rewordMessage(tx, shown) : [];
    const entries = [...reworded, ...messageEntries("messageEdited", message, record)];
    if (record.lastMessageId === message.id) {
      record.lastMessageText = message.text.slice(0, 200).toWellFormed();
      record.lastMessagePhotos = message.photos.length;
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

function edited(message: StoredMessage, text: string, now: Date): StoredMessage | null {
  if (message.text === text || (text === "" && message.photos.length === 0)) return null;
  return { ...message, text, editedAt: now.toISOString() };
}

const unsent = (now: Date) => ({ text: "", photos: [], replyTo: null, deletedAt: now.toISOString() });

async function storeChange(tx: Transaction, message: StoredMessage): Promise<void> {
  const { id, text, photos, editedAt, deletedAt } = message;
  await tx.execute(sql`
    update messages set text = ${text}, edited_at = ${editedAt}::timestamptz, deleted_at = ${deletedAt ?? null}::timestamptz,
      photo_count = ${photos.length} where id = ${id}`);
  if (deletedAt) await releaseFiles(tx, [messageSubject(id)]);
}

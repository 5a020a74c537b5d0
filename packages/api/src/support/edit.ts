import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { enqueue, publishDue } from "../outbox/outbox.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../realtime/log.ts";
import { storableText } from "../storable.ts";
import { type ConversationRecord, selectConversations, toInboxRow } from "./conversation-rows.ts";
import { saveConversations } from "./conversation-write.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic } from "./events.ts";
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
    const [place] = rowsOf<{ c: number | string }>(
      await tx.execute(sql`select conversation_id as c from messages where id = ${edit.messageId}`),
    );
    const [record] = place ? await selectConversations(tx, sql`c.id = ${Number(place.c)}`, { lock: true }) : [];
    const [found] = await selectMessages(tx, sql`m.id = ${edit.messageId}`, { deliveries: true });
    if (!record || !found || found.message.text === text || (text === "" && found.message.photos.length === 0))
      return null;
    const message: StoredMessage = { ...found.message, text, editedAt: now.toISOString() };
    await tx.execute(
      sql`update messages set text = ${text}, edited_at = ${message.editedAt}::timestamptz where id = ${message.id}`,
    );
    const items = planEdits(outgoingOf(message, record), { routes: deliveryRoutesOf(ctx), now });
    await enqueue(tx, items);
    if (record.lastMessageId === message.id) {
      record.lastMessageText = text.slice(0, 200).toWellFormed();
      await saveConversations(tx, [record]);
    }
    return { appended: await appendToLogs(tx, editEntries(message, record)), owes: items.length > 0 };
  });
  if (!done) return false;
  publishAppended(ctx.bus, done.appended);
  if (done.owes) publishDue(ctx.bus);
  return true;
}

function outgoingOf(message: StoredMessage, record: ConversationRecord) {
  return {
    id: message.id,
    conversationId: record.id,
    kind: message.kind,
    source: message.source,
    text: message.text,
    authorName: message.author.name,
    photoKeys: message.photos.map((photo) => photo.fileKey),
    replyToId: null,
    channel: record.channel,
    externalId: record.externalId,
    personId: record.personId,
  };
}

function editEntries(message: StoredMessage, record: ConversationRecord): NewEntry[] {
  const payload = { type: "messageEdited", message };
  const entries: NewEntry[] = [{ topic: conversationTopic.name(record.id), payload }];
  if (message.kind !== "note")
    entries.push({ topic: customerTopic.name(customerKey(record.channel, record.externalId)), payload });
  if (record.lastMessageId === message.id) {
    entries.push({
      topic: inboxTopic.name("all"),
      payload: { type: "conversationChanged", conversation: toInboxRow(record) },
    });
  }
  return entries;
}

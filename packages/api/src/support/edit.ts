import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../realtime/log.ts";
import { type ConversationRecord, selectConversations, toInboxRow } from "./conversation-rows.ts";
import { saveConversations } from "./conversation-write.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic, outboxTopic } from "./events.ts";
import { selectMessages } from "./message-rows.ts";
import { planEdits } from "./outbox.ts";
import type { StoredMessage } from "./stored.ts";
import { storableText } from "./text.ts";
import { insertOutbox } from "./write-rows.ts";

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
    const rows = planEdits({ ...outgoingOf(message, record) }, ctx.config.legs);
    await insertOutbox(
      tx,
      rows.map((row) => ({ ...row, messageId: message.id, conversationId: record.id })),
      now,
    );
    if (record.lastMessageId === message.id) {
      record.lastMessageText = text.slice(0, 200).toWellFormed();
      await saveConversations(tx, [record]);
    }
    return { appended: await appendToLogs(tx, editEntries(message, record)), owes: rows.length > 0 };
  });
  if (!done) return false;
  publishAppended(ctx.bus, done.appended);
  if (done.owes) ctx.bus.publishLatest(outboxTopic.name("due"), null);
  return true;
}

function outgoingOf(message: StoredMessage, record: ConversationRecord) {
  return {
    kind: message.kind,
    source: message.source,
    text: message.text,
    authorName: message.author.name,
    photoKeys: message.photos.map((photo) => photo.fileKey),
    replyToId: null,
    channel: record.channel,
    externalId: record.externalId,
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

import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { releaseFiles } from "../media/files.ts";
import { enqueue, type OutboxItem, publishDue } from "../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { storableText } from "../storable.ts";
import type { TextEntity } from "../telegram/entities.ts";
import type { MessageContent, StoredAttachment } from "./content.ts";
import { selectConversations } from "./conversation-rows.ts";
import { saveConversations } from "./conversation-write.ts";
import { type FileEdit, fillMissing, replaceFile } from "./file-edit.ts";
import { inboxEntry, messageEntries } from "./log-entries.ts";
import { type FoundMessage, selectMessages } from "./message-rows.ts";
import type { DeliveryPlan } from "./plan-deliveries.ts";
import { planDeletions, planEdits, type ReplacedFile } from "./plan-edits.ts";
import { deliveryRoutesOf } from "./routes.ts";
import { firstAttachment, type StoredMessage } from "./stored.ts";
import { messageSubject } from "./subjects.ts";
import type { Outgoing } from "./telegram-calls.ts";
import { rewordMessage } from "./tell-agents.ts";

/** What of a message changes; what is left out stays. */
export interface MessageEdit {
  messageId: number;
  text: string;
  /** Of the new text; left out, it has no formatting. */
  entities?: readonly TextEntity[];
  /** A place that has moved, a poll with other options: in the place of the one that it shows. */
  card?: StoredAttachment;
  /** Another file in the place of one of its own. */
  file?: FileEdit;
}

/**
 * Gives a message new words or another file, on every side.
 * @returns false when nothing changes, or it is gone
 */
export const editMessage = (ctx: Context, edit: MessageEdit): Promise<boolean> =>
  changeMessage(ctx, edit.messageId, (tx, found) =>
    applyEdit(tx, found, { edit: { ...edit, text: storableText(edit.text) }, now: ctx.now() }),
  );

/**
 * Takes a message back, as its sender has: its words and files go, its place stays.
 * @param isErased whether its copies go too, where they can; else they say that it was taken back
 * @returns false when it was taken back already, or is gone
 */
export const unsendMessage = (ctx: Context, messageId: number, { isErased = false } = {}): Promise<boolean> =>
  changeMessage(ctx, messageId, async (tx, { message }) => {
    await releaseFiles(tx, [messageSubject(messageId)]);
    const deletedAt = ctx.now().toISOString();
    const shown: StoredMessage = { ...plain(message), text: "", photos: [], replyTo: null, deletedAt };
    const said = { ...shown, text: UNSENT };
    const plan = (outgoing: Outgoing, how: DeliveryPlan) =>
      isErased ? planDeletions(outgoing, how) : planEdits({ ...outgoing, message: said }, how);
    return { message: shown, content: null, said, plan };
  });

/** What the other side thinks of a message. @returns false when it thought so before */
export const changeReactions = (ctx: Context, messageId: number, reactions: readonly string[]): Promise<boolean> =>
  changeMessage(ctx, messageId, async (_, { message, content }) => {
    if ((message.reactions ?? []).join() === reactions.join()) return null;
    const { reactions: __, ...rest } = content ?? {};
    const shown = reactions.length > 0 ? { reactions: [...reactions] } : {};
    const { reactions: ___, ...others } = message;
    return { message: { ...others, ...shown }, content: orNull({ ...rest, ...shown }), plan: () => [] };
  });

/** A file that could not be had is there. @returns false when it was there already, or the message is gone */
export const fillAttachment = (
  ctx: Context,
  messageId: number,
  filled: { id: string; by: FileEdit["fetched"] },
): Promise<boolean> =>
  changeMessage(ctx, messageId, async (tx, { message, content }) => {
    const changed = await fillMissing(tx, message, filled);
    if (!changed) return null;
    const { attachments: _, ...rest } = content ?? {};
    const files = changed.attachments ? { attachments: changed.attachments } : {};
    return { message: changed, content: orNull({ ...rest, ...files }), plan: () => [] };
  });

/** What a copy in Telegram says of a message that was taken back. */
const UNSENT = "[unsent]";

/** A message without what stands beside its text. */
function plain(message: StoredMessage): StoredMessage {
  const { attachments: _, entities: __, forwardedFrom: ___, quote: ____, reactions: _____, ...rest } = message;
  return rest;
}

const orNull = (content: MessageContent): MessageContent | null => (Object.keys(content).length > 0 ? content : null);

/** A message as it is after a change. */
interface Changed {
  message: StoredMessage;
  content: MessageContent | null;
  /** What lists and notices say of it, where that is something else. */
  said?: StoredMessage;
  /** What it owes. */
  plan(outgoing: Outgoing, plan: DeliveryPlan): OutboxItem[];
}

async function applyEdit(
  tx: Transaction,
  { message, content }: FoundMessage,
  { edit, now }: { edit: MessageEdit; now: Date },
): Promise<Changed | null> {
  const { text, entities = [], card, file } = edit;
  const attachments = card ? [card] : message.attachments;
  const isSame =
    message.text === text &&
    JSON.stringify(message.entities ?? []) === JSON.stringify(entities) &&
    JSON.stringify(message.attachments ?? []) === JSON.stringify(attachments ?? []);
  if (isSame && !file) return null;
  if (text === "" && message.photos.length === 0 && (attachments ?? []).length === 0 && !file) return null;
  const { entities: _, ...rest } = message;
  const formatted = entities.length > 0 ? { entities: [...entities] } : {};
  const isLive = card?.kind === "location" && text === message.text;
  const worded: StoredMessage = {
    ...rest,
    text,
    ...formatted,
    ...(attachments && { attachments }),
    // A place that moves is no edit that anyone made.
    editedAt: isLive ? message.editedAt : now.toISOString(),
  };
  const replaced: ReplacedFile[] = [];
  const changed = file ? await replaceFile(tx, { message: worded, sources: content?.sources ?? [] }, file) : null;
  if (changed) replaced.push(changed.replaced);
  const shown = changed?.message ?? worded;
  const { entities: __, ...kept } = content ?? {};
  const sources = changed ? { sources: changed.sources } : {};
  const files = shown.attachments ? { attachments: shown.attachments } : {};
  return {
    message: shown,
    content: orNull({ ...kept, ...formatted, ...files, ...sources }),
    plan: (outgoing, how) => planEdits(outgoing, how, replaced),
  };
}

async function changeMessage(
  ctx: Context,
  messageId: number,
  apply: (tx: Transaction, found: FoundMessage) => Promise<Changed | null>,
): Promise<boolean> {
  const now = ctx.now();
  const done = await ctx.db.transaction(async (tx) => {
    const [place] = rowsOf<{ c: number }>(
      await tx.execute(sql`select conversation_id as c from messages where id = ${messageId}`),
    );
    const [record] = place ? await selectConversations(tx, sql`c.id = ${place.c}`, { lock: true }) : [];
    const [found] = await selectMessages(tx, sql`m.id = ${messageId}`, { deliveries: true });
    if (!record || !found || found.message.deletedAt) return null;
    const changed = await apply(tx, found);
    if (!changed) return null;
    const { message, content, said = message } = changed;
    await storeChange(tx, message, content);
    const plan = { routes: deliveryRoutesOf(ctx), now };
    const items = changed.plan({ message, conversation: record }, plan);
    await enqueue(tx, items);
    const reworded = message.kind === "customer" ? await rewordMessage(tx, said) : [];
    const entries = [...reworded, ...messageEntries("messageEdited", message, record)];
    if (record.lastMessageId === message.id) {
      record.lastMessageText = message.text.slice(0, 200).toWellFormed();
      record.lastMessagePhotos = message.photos.length;
      record.lastMessageAttachment = firstAttachment(message);
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

async function storeChange(tx: Transaction, message: StoredMessage, content: MessageContent | null): Promise<void> {
  const { id, text, photos, editedAt, deletedAt } = message;
  await tx.execute(sql`
    update messages set text = ${text}, edited_at = ${editedAt}::timestamptz, deleted_at = ${deletedAt ?? null}::timestamptz,
      photo_count = ${photos.length}, content = ${content === null ? null : JSON.stringify(content)}::jsonb where id = ${id}`);
}

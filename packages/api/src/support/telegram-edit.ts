import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { storableText } from "../storable.ts";
import { isTelegramFile } from "../telegram/attachments.ts";
import type { Note } from "../telegram/inbox.ts";
import type { TelegramMessage } from "../telegram/updates.ts";
import { fetchAttachment } from "./attachments.ts";
import { editMessage, type MessageEdit } from "./edit.ts";
import type { FileEdit } from "./file-edit.ts";
import { selectMessages } from "./message-rows.ts";
import { messageWriterOf } from "./message-writer.ts";
import { clientIdOf, type Desk, NOTE, ourMessage, withoutNoteMark, wordsOf } from "./telegram-message.ts";
import { hashContent } from "./text.ts";

/** An edit in Telegram follows into the desk and on to the other side: words, formatting, file and place. */
export async function receiveEdit({ ctx }: Desk, message: TelegramMessage): Promise<Note> {
  const mapped = await ourMessage(ctx, message, message.messageId);
  if (!mapped) return "an edit of a message we do not have";
  if (mapped.kind === "agent" && NOTE.test(message.text)) return keepAsNote(ctx, message, mapped);
  const [found] = await selectMessages(ctx.db, sql`m.id = ${mapped.messageId}`);
  if (!found) return "an edit of a message we do not have";
  const { text, entities } = wordsOf([message]);
  const words = mapped.kind === "note" ? withoutNoteMark({ text, content: { entities } }) : { text, entities };
  const media = await changedMedia(ctx, message, { part: mapped.part, sources: found.content?.sources ?? [] });
  // Which words of the whole were a later part's is not known any more: they stay.
  const kept = { text: found.message.text, entities: found.message.entities ?? [] };
  const edit: MessageEdit = { messageId: mapped.messageId, ...(mapped.part > 0 ? kept : words), ...media };
  return (await editMessage(ctx, edit)) ? null : "nothing changed";
}

/** What else an edit changes: another file, or a card with other content. */
async function changedMedia(
  ctx: Context,
  { attachment, sentAt }: TelegramMessage,
  { part, sources }: { part: number; sources: readonly string[] },
): Promise<{ file?: FileEdit; card?: MessageEdit["card"] }> {
  if (!attachment) return {};
  const at = sentAt === null ? ctx.now() : new Date(sentAt * 1_000);
  if (!isTelegramFile(attachment)) {
    const fetched = await fetchAttachment(ctx, attachment, at);
    return "attachment" in fetched ? { card: fetched.attachment } : {};
  }
  const known = sources[part];
  if (known === undefined || known === attachment.uniqueId) return {};
  return { file: { part, source: attachment.uniqueId, fetched: await fetchAttachment(ctx, attachment, at) } };
}

/** An answer that was edited into a note: the customer keeps the answer they have, and its new words stay with the agents. */
async function keepAsNote(
  ctx: Context,
  message: TelegramMessage,
  answer: { conversationId: number; messageId: number },
): Promise<Note> {
  const { text } = withoutNoteMark({ text: storableText(message.text), content: {} });
  if (text === "") return "an empty note";
  const contentHash = hashContent([[text]]);
  const { botId, chatId, sender } = message;
  const { repeated } = await messageWriterOf(ctx).write({
    conversation: { id: answer.conversationId },
    kind: "note",
    text,
    author: { id: null, name: sender.name },
    source: "group",
    replyToId: answer.messageId,
    clientId: `${clientIdOf(message)}:note:${contentHash.slice(0, 32)}`,
    contentHash,
    origin: { botId, chatId, messageIds: [], caption: false },
  });
  return repeated ? "nothing changed" : null;
}

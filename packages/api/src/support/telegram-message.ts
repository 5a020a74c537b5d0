import { messages } from "@pult/db/schema/support.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../context.ts";
import { storableText } from "../storable.ts";
import { isTelegramFile } from "../telegram/attachments.ts";
import { shiftEntities, type TextEntity } from "../telegram/entities.ts";
import { botScope, shownBy } from "../telegram/messages.ts";
import type { Telegram } from "../telegram/telegram.ts";
import type { TelegramMessage } from "../telegram/updates.ts";
import { fetchAttachment } from "./attachments.ts";
import { isFile, type MessageContent, type StoredAttachment } from "./content.ts";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "./schema.ts";
import { messageIdOf } from "./subjects.ts";
import { hashContent } from "./text.ts";

export interface Desk {
  /** Acts as the system. */
  ctx: Context;
  telegram: Telegram;
}

/** How an agent marks words in the group as a note. */
export const NOTE = /^\/\//;

/** The words behind the mark, with their formatting. */
export function withoutNoteMark({ text, content }: { text: string; content: Pick<MessageContent, "entities"> }): {
  text: string;
  entities: TextEntity[];
} {
  const [mark = ""] = /^\/\/\s*/.exec(text) ?? [];
  const rest = text.slice(mark.length).trimEnd();
  const entities = shiftEntities(content.entities ?? [], -mark.length).filter(
    ({ offset, length }) => offset >= 0 && offset + length <= rest.length,
  );
  return { text: rest, entities };
}

export const quotedBy = async (ctx: Context, message: TelegramMessage) =>
  message.replyToMessageId === null ? null : ourMessage(ctx, message, message.replyToMessageId);

/** Our message that a Telegram message shows a part of. */
export async function ourMessage(
  { db }: Context,
  { botId, chatId }: Pick<TelegramMessage, "botId" | "chatId">,
  telegramMessageId: number,
) {
  const shown = await shownBy(db, { botId: botScope(botId, chatId), chatId }, telegramMessageId);
  const messageId = shown ? messageIdOf(shown.subject) : null;
  if (!shown || messageId === null) return null;
  const [message] = await db
    .select({ conversationId: messages.conversationId, kind: messages.kind })
    .from(messages)
    .where(eq(messages.id, messageId));
  return message ? { ...message, messageId, part: shown.part } : null;
}

/** The id under which a Telegram message is written once: in private chats each bot counts its own. */
export const clientIdOf = ({ botId, chatId, messageId }: TelegramMessage): string =>
  chatId < 0 ? `tg:${chatId}:${messageId}` : `tg:${botId}:${chatId}:${messageId}`;

export function originOf(parts: TelegramMessage[], caption: boolean) {
  const [first] = parts;
  if (!first) throw new Error("A message without parts");
  const { botId, chatId } = first;
  return {
    clientId: clientIdOf(first),
    origin: { botId: botScope(botId, chatId), chatId, messageIds: parts.map((part) => part.messageId), caption },
  };
}

/** What a message says and shows, with its files stored. What cannot be had is shown as missing, so that nothing disappears. */
export async function contentOf({ ctx }: Desk, parts: TelegramMessage[]) {
  const photoIds: string[] = [];
  const attachments: StoredAttachment[] = [];
  const late: string[] = [];
  const sentAt = sentAtOf(ctx, parts);
  for (const { attachment } of parts) {
    if (!attachment || photoIds.length + attachments.length >= MAX_PHOTOS) continue;
    const fetched = await fetchAttachment(ctx, attachment, sentAt);
    if ("photoId" in fetched) photoIds.push(fetched.photoId);
    else {
      attachments.push(fetched.attachment);
      if (fetched.isLate && isFile(fetched.attachment)) late.push(fetched.attachment.id);
    }
  }
  const { text, entities } = wordsOf(parts);
  const [first] = parts;
  const sources = parts.map(({ attachment }) => (attachment && isTelegramFile(attachment) ? attachment.uniqueId : ""));
  const content: MessageContent = {
    ...(entities.length > 0 && { entities }),
    ...(first?.forwardedFrom != null && { forwardedFrom: storableText(first.forwardedFrom) }),
    ...(first?.quote != null && { quote: storableText(first.quote) }),
    ...(sources.some((source) => source !== "") && { sources }),
  };
  const contentHash = hashContent(parts.map((part) => [part.messageId]));
  // Files that were fetched belong to the system until the message claims them.
  for (const one of attachments) if (isFile(one) && one.fileKey !== null) photoIds.push(one.id);
  return { text, photoIds, attachments, content, contentHash, writtenAt: sentAt, late };
}

function sentAtOf({ now }: Context, [first]: TelegramMessage[]): Date {
  const at = (first?.sentAt ?? 0) * 1_000;
  // Telegram's clock, and a date that no message can have.
  return at > 0 && at < now().getTime() ? new Date(at) : now();
}

/** The words of all parts, each on lines of its own, with their formatting. */
export function wordsOf(parts: readonly Pick<TelegramMessage, "text" | "entities">[]): {
  text: string;
  entities: TextEntity[];
} {
  let text = "";
  const entities: TextEntity[] = [];
  for (const part of parts) {
    if (part.text === "") continue;
    if (text !== "") text += "\n";
    entities.push(...shiftEntities(part.entities, text.length));
    // Of the same length, so that formatting stays where it is.
    text += part.text.replaceAll("\u0000", " ").toWellFormed();
  }
  if (text.length <= MAX_TEXT_LENGTH) return { text, entities };
  return {
    text: text.slice(0, MAX_TEXT_LENGTH),
    entities: entities.filter((e) => e.offset + e.length <= MAX_TEXT_LENGTH),
  };
}

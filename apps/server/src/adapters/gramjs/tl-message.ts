import { markGroup, readChatId, type TelegramMessage } from "@pult/api/chats/engine/telegram.ts";
import type { Api } from "telegram";
import { toMedia } from "./tl-media.ts";
import { chatIdOf } from "./tl-peers.ts";
import { toEntities } from "./tl-text.ts";

/** What a message leaves unsaid. */
export interface MessageContext {
  /** The account's own user; null before it signed in. */
  selfId: number | null;
  /** Of messages that Telegram is to send: their date lies ahead. */
  isScheduled?: boolean;
}

const EMPTY = {
  text: "",
  entities: [],
  media: null,
  groupId: null,
  editedDate: null,
  forwardFromId: null,
  forwardFromName: null,
  viewsCount: null,
  reactions: [],
  isService: false,
  scheduleDate: null,
} satisfies Partial<TelegramMessage>;

/** Messages that are gone are left out. */
export const toMessages = (messages: readonly Api.TypeMessage[], context: MessageContext): TelegramMessage[] =>
  messages.flatMap((message) => toMessage(message, context) ?? []);

/** @returns null for a message that is gone */
export function toMessage(message: Api.TypeMessage, context: MessageContext): TelegramMessage | null {
  if (message.className === "MessageEmpty") return null;
  const chatId = chatIdOf(message.peerId);
  const isOutgoing = Boolean(message.out);
  const placed = {
    ...EMPTY,
    id: message.id,
    chatId,
    senderId: senderOf(message, { chatId, isOutgoing, selfId: context.selfId }),
    date: message.date,
    replyToMessageId: repliedId(message.replyTo),
    reactions: toReactions(message.reactions),
    isOutgoing,
  };
  if (message.className === "MessageService") return { ...placed, isService: true };
  return {
    ...placed,
    text: message.message ?? "",
    entities: toEntities(message.entities),
    media: toMedia(message.media),
    groupId: message.groupedId?.toString() ?? null,
    editedDate: message.editHide ? null : (message.editDate ?? null),
    ...toForward(message.fwdFrom),
    viewsCount: message.views ?? null,
    scheduleDate: context.isScheduled ? message.date : null,
  };
}

function senderOf(
  { fromId, post }: Api.Message | Api.MessageService,
  { chatId, isOutgoing, selfId }: { chatId: number; isOutgoing: boolean; selfId: number | null },
): number | null {
  if (post) return null;
  if (fromId) return chatIdOf(fromId);
  if (readChatId(chatId).kind !== "user") return null;
  return isOutgoing ? selfId : chatId;
}

/** In a forum the header also names the topic that a message belongs to, which is no reply. */
function repliedId(header: Api.TypeMessageReplyHeader | null | undefined): number | null {
  if (header?.className !== "MessageReplyHeader" || header.replyToPeerId) return null;
  if (header.forumTopic && !header.replyToTopId) return null;
  return header.replyToMsgId ?? null;
}

function toForward(header: Api.TypeMessageFwdHeader | null | undefined) {
  return {
    forwardFromId: header?.fromId ? chatIdOf(header.fromId) : null,
    forwardFromName: header?.fromName || null,
  };
}

/** Custom and paid ones have no sign of their own. */
export const toReactions = (reactions: Api.TypeMessageReactions | null | undefined): TelegramMessage["reactions"] =>
  (reactions?.results ?? []).flatMap(({ reaction, count, chosenOrder }) =>
    reaction.className === "ReactionEmoji"
      ? [{ emoji: reaction.emoticon, count, isMine: typeof chosenOrder === "number" }]
      : [],
  );

/** The short forms of a text message, which name ids instead of peers. */
export function toShortMessage(
  update: Api.UpdateShortMessage | Api.UpdateShortChatMessage,
  { selfId }: MessageContext,
): TelegramMessage {
  const isOutgoing = Boolean(update.out);
  const isPrivate = update.className === "UpdateShortMessage";
  const partnerId = isPrivate ? update.userId.toJSNumber() : update.fromId.toJSNumber();
  return {
    ...EMPTY,
    id: update.id,
    chatId: isPrivate ? partnerId : markGroup(update.chatId.toJSNumber()),
    senderId: isPrivate && isOutgoing ? selfId : partnerId,
    text: update.message,
    entities: toEntities(update.entities),
    date: update.date,
    ...toForward(update.fwdFrom),
    replyToMessageId: repliedId(update.replyTo),
    isOutgoing,
  };
}

/** What was sent, from the answer that leaves out all that the request said. */
export function toSentMessage(
  answer: Api.UpdateShortSentMessage,
  sent: Pick<TelegramMessage, "chatId" | "senderId" | "text" | "entities" | "replyToMessageId">,
): TelegramMessage {
  const { id, date, media, entities } = answer;
  return {
    ...EMPTY,
    ...sent,
    ...{ id, date, isOutgoing: true, media: toMedia(media) },
    entities: entities ? toEntities(entities) : sent.entities,
  };
}

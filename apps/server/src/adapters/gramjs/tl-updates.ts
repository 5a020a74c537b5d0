import {
  markChannel,
  markGroup,
  type TelegramUpdate,
  type TypingAction,
  type UpdateBatch,
  type UpdateBody,
} from "@pult/api/chats/engine/telegram.ts";
import type { Api } from "telegram";
import { type MessageContext, toMessage, toReactions, toShortMessage } from "./tl-message.ts";
import { chatIdOf, toGroups, toStatus, toUsers } from "./tl-peers.ts";

const EMPTY: UpdateBatch = { users: [], groups: [], updates: [], seq: null, date: null };
const UNCOUNTED = { channelId: null, pts: null, ptsCount: 0, qts: null };

/** What arrives by itself, and what answers of calls carry. */
export function toBatch(updates: Api.TypeUpdates, context: MessageContext): UpdateBatch {
  switch (updates.className) {
    case "UpdatesTooLong":
      return { ...EMPTY, updates: [{ ...UNCOUNTED, type: "tooLong" }] };
    case "UpdateShort":
      return { ...EMPTY, updates: toUpdates(updates.update, context), date: updates.date };
    case "UpdateShortMessage":
    case "UpdateShortChatMessage": {
      const { pts, ptsCount, date } = updates;
      const message = toShortMessage(updates, context);
      return { ...EMPTY, updates: [{ ...UNCOUNTED, pts, ptsCount, type: "message", message }], date };
    }
    case "UpdateShortSentMessage": {
      // What was sent is known where it was asked for; here it only counts.
      const { pts, ptsCount, date, className: name } = updates;
      return { ...EMPTY, updates: [{ ...UNCOUNTED, pts, ptsCount, type: "other", name }], date };
    }
    case "Updates":
    case "UpdatesCombined": {
      const { users, chats, seq: end, date } = updates;
      const start = updates.className === "Updates" ? end : updates.seqStart;
      return {
        users: toUsers(users),
        groups: toGroups(chats),
        updates: updates.updates.flatMap((update) => toUpdates(update, context)),
        seq: end === 0 ? null : { start, end },
        date,
      };
    }
  }
}

/** An update that names several chats becomes one for each; the first of them counts. */
export function toUpdates(update: Api.TypeUpdate, context: MessageContext): TelegramUpdate[] {
  const counted = countOf(update);
  const [first = { type: "other", name: update.className } as const, ...others] = toBodies(update, context);
  return [
    { ...counted, ...first },
    ...others.map((body) => ({ ...counted, pts: null, ptsCount: 0, qts: null, ...body })),
  ];
}

/** Fields that order an update, whatever it is. A `pts` without a count only tells where its box stands. */
function countOf(update: Api.TypeUpdate): Pick<TelegramUpdate, "channelId" | "pts" | "ptsCount" | "qts"> {
  const channelId = channelOf(update);
  const qts = "qts" in update ? update.qts : null;
  if (!("pts" in update && "ptsCount" in update)) return { channelId, pts: null, ptsCount: 0, qts };
  return { channelId, pts: update.pts, ptsCount: update.ptsCount, qts };
}

function channelOf(update: Api.TypeUpdate): number | null {
  if ("channelId" in update && update.channelId) return markChannel(update.channelId.toJSNumber());
  if (update.className !== "UpdateNewChannelMessage" && update.className !== "UpdateEditChannelMessage") return null;
  const { message } = update;
  return "peerId" in message && message.peerId ? chatIdOf(message.peerId) : null;
}

function toBodies(update: Api.TypeUpdate, context: MessageContext): UpdateBody[] {
  switch (update.className) {
    case "UpdateNewMessage":
    case "UpdateNewChannelMessage":
    case "UpdateEditMessage":
    case "UpdateEditChannelMessage": {
      const message = toMessage(update.message, context);
      return message ? [{ type: update.className.startsWith("UpdateNew") ? "message" : "edited", message }] : [];
    }
    case "UpdateNewScheduledMessage": {
      const message = toMessage(update.message, { ...context, isScheduled: true });
      return message ? [{ type: "scheduled", message }] : [];
    }
    case "UpdateDeleteMessages":
      return [{ type: "deleted", chatId: null, ids: update.messages }];
    case "UpdateDeleteChannelMessages":
      return [{ type: "deleted", chatId: markChannel(update.channelId.toJSNumber()), ids: update.messages }];
    case "UpdateDeleteScheduledMessages": {
      const { peer, messages: ids, sentMessages } = update;
      return [{ type: "scheduledDeleted", chatId: chatIdOf(peer), ids, sentIds: sentMessages ?? [] }];
    }
    case "UpdateMessageID":
      return [{ type: "sent", randomId: update.randomId?.toString() ?? "0", id: update.id }];
    case "UpdateLoginToken":
      return [{ type: "loginToken" }];
    case "UpdatePtsChanged":
      return [{ type: "tooLong" }];
    case "UpdateChannelTooLong":
      return [{ type: "channelTooLong", chatId: markChannel(update.channelId.toJSNumber()) }];
    default:
      return toReading(update) ?? toPresence(update) ?? toChatState(update) ?? [];
  }
}

function toReading(update: Api.TypeUpdate): UpdateBody[] | null {
  switch (update.className) {
    case "UpdateReadHistoryInbox": {
      const { peer, maxId, stillUnreadCount: unreadCount } = update;
      return [{ type: "readInbox", chatId: chatIdOf(peer), maxId, unreadCount }];
    }
    case "UpdateReadChannelInbox": {
      const { channelId, maxId, stillUnreadCount: unreadCount } = update;
      return [{ type: "readInbox", chatId: markChannel(channelId.toJSNumber()), maxId, unreadCount }];
    }
    case "UpdateReadHistoryOutbox":
      return [{ type: "readOutbox", chatId: chatIdOf(update.peer), maxId: update.maxId }];
    case "UpdateReadChannelOutbox":
      return [{ type: "readOutbox", chatId: markChannel(update.channelId.toJSNumber()), maxId: update.maxId }];
    case "UpdateMessageReactions": {
      const { peer, msgId: id, reactions } = update;
      return [{ type: "reactions", chatId: chatIdOf(peer), id, reactions: toReactions(reactions) }];
    }
    case "UpdateChannelMessageViews": {
      const { channelId, id, views: viewsCount } = update;
      return [{ type: "views", chatId: markChannel(channelId.toJSNumber()), id, viewsCount }];
    }
    default:
      return null;
  }
}

function toPresence(update: Api.TypeUpdate): UpdateBody[] | null {
  switch (update.className) {
    case "UpdateUserTyping": {
      const userId = update.userId.toJSNumber();
      return [{ type: "typing", chatId: userId, userId, action: toTyping(update.action) }];
    }
    case "UpdateChatUserTyping":
    case "UpdateChannelUserTyping": {
      const chatId =
        update.className === "UpdateChatUserTyping"
          ? markGroup(update.chatId.toJSNumber())
          : markChannel(update.channelId.toJSNumber());
      return [{ type: "typing", chatId, userId: chatIdOf(update.fromId), action: toTyping(update.action) }];
    }
    case "UpdateUserStatus":
      return [{ type: "status", userId: update.userId.toJSNumber(), status: toStatus(update.status) }];
    default:
      return null;
  }
}

const TYPING: Partial<Record<Api.TypeSendMessageAction["className"], TypingAction | "cancel">> = {
  SendMessageTypingAction: "typing",
  SendMessageCancelAction: "cancel",
  SendMessageRecordAudioAction: "recordingVoice",
  SendMessageUploadPhotoAction: "uploadingPhoto",
  SendMessageUploadVideoAction: "uploadingVideo",
  SendMessageUploadRoundAction: "uploadingVideo",
  SendMessageUploadDocumentAction: "uploadingDocument",
  SendMessageChooseStickerAction: "choosingSticker",
  SendMessageGamePlayAction: "playing",
};

const toTyping = ({ className }: Api.TypeSendMessageAction): TypingAction | "cancel" => TYPING[className] ?? "other";

const ARCHIVE = 1;
export const isArchive = (folderId: number | null | undefined): boolean => folderId === ARCHIVE;

/** Unix seconds; null when the chat has no setting of its own. */
export const mutedUntilOf = ({ muteUntil }: Api.TypePeerNotifySettings): number | null => muteUntil || null;

function toChatState(update: Api.TypeUpdate): UpdateBody[] | null {
  switch (update.className) {
    case "UpdateDialogPinned": {
      const { peer, pinned } = update;
      if (peer.className !== "DialogPeer") return null;
      return [{ type: "pinned", chatId: chatIdOf(peer.peer), isPinned: Boolean(pinned) }];
    }
    case "UpdateNotifySettings": {
      const { peer, notifySettings } = update;
      if (peer.className !== "NotifyPeer") return null;
      return [{ type: "muted", chatId: chatIdOf(peer.peer), mutedUntil: mutedUntilOf(notifySettings) }];
    }
    case "UpdateContactsReset":
      return [{ type: "contactsChanged" }];
    case "UpdateFolderPeers":
      return update.folderPeers.map(({ peer, folderId }) => {
        return { type: "archived", chatId: chatIdOf(peer), isArchived: isArchive(folderId) };
      });
    case "UpdateDraftMessage": {
      const { peer, draft, topMsgId } = update;
      if (topMsgId) return null;
      return [
        { type: "draft", chatId: chatIdOf(peer), text: draft.className === "DraftMessage" ? draft.message : null },
      ];
    }
    default: {
      const chatId = changedChat(update);
      return chatId === null ? null : [{ type: "chatChanged", chatId }];
    }
  }
}

function changedChat(update: Api.TypeUpdate): number | null {
  switch (update.className) {
    case "UpdateUserName":
    case "UpdateUserPhone":
    case "UpdateUser":
      return update.userId.toJSNumber();
    case "UpdateChannel":
      return markChannel(update.channelId.toJSNumber());
    case "UpdateChat":
    case "UpdateChatParticipantAdd":
    case "UpdateChatParticipantDelete":
    case "UpdateChatParticipantAdmin":
      return markGroup(update.chatId.toJSNumber());
    case "UpdateChatParticipants":
      return markGroup(update.participants.chatId.toJSNumber());
    case "UpdateChatDefaultBannedRights":
    case "UpdatePeerSettings":
      return chatIdOf(update.peer);
    default:
      return null;
  }
}

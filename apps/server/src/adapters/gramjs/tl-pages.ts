import type { Device } from "@pult/api/chats/engine/port.ts";
import {
  type ChannelDifference,
  type DialogsPage,
  type Difference,
  type FullChat,
  type MessagesPage,
  readChatId,
  type TelegramDialog,
  type TelegramUpdate,
  type UpdateBatch,
  type UpdateState,
} from "@pult/api/chats/engine/telegram.ts";
import type { Api } from "telegram";
import { type MessageContext, toMessages } from "./tl-message.ts";
import { chatIdOf, toGroups, toUsers } from "./tl-peers.ts";
import { isArchive, mutedUntilOf, toUpdates } from "./tl-updates.ts";

const UNCOUNTED = { channelId: null, pts: null, ptsCount: 0, qts: null };

export function toMessagesPage(answer: Api.messages.TypeMessages, context: MessageContext): MessagesPage {
  if (answer.className === "messages.MessagesNotModified")
    return { messages: [], users: [], groups: [], totalCount: answer.count };
  const messages = toMessages(answer.messages, context).toSorted((a, b) => b.date - a.date || b.id - a.id);
  const totalCount = answer.className === "messages.Messages" ? messages.length : answer.count;
  return { messages, users: toUsers(answer.users), groups: toGroups(answer.chats), totalCount };
}

type Lists = Pick<DialogsPage, "dialogs" | "messages" | "users" | "groups">;

const toLists = (
  answer: Pick<Api.messages.PeerDialogs, "dialogs" | "messages" | "users" | "chats">,
  context: MessageContext,
): Lists => ({
  dialogs: answer.dialogs.flatMap((dialog) => (dialog.className === "Dialog" ? [toDialog(dialog)] : [])),
  messages: toMessages(answer.messages, context),
  users: toUsers(answer.users),
  groups: toGroups(answer.chats),
});

/** @param limit that was asked for: a shorter page is the last one */
export function toDialogsPage(
  answer: Api.messages.TypeDialogs,
  { limit, ...context }: MessageContext & { limit: number },
): DialogsPage {
  if (answer.className === "messages.DialogsNotModified")
    return { dialogs: [], messages: [], users: [], groups: [], totalCount: answer.count, next: null };
  const lists = toLists(answer, context);
  const isLast = answer.className === "messages.Dialogs" || answer.dialogs.length < limit;
  const totalCount = answer.className === "messages.Dialogs" ? lists.dialogs.length : answer.count;
  return { ...lists, totalCount, next: isLast ? null : nextOf(lists) };
}

export const toPeerDialogs = (answer: Api.messages.PeerDialogs, context: MessageContext): DialogsPage => ({
  ...toLists(answer, context),
  totalCount: answer.dialogs.length,
  next: null,
});

function nextOf({ dialogs, messages, users, groups }: Lists): DialogsPage["next"] {
  const last = dialogs.findLast(({ topMessageId }) => topMessageId > 0);
  if (!last) return null;
  const { chatId, topMessageId: id } = last;
  const top = messages.find((message) => message.chatId === chatId && message.id === id);
  const known = users.find((user) => user.id === chatId) ?? groups.find((group) => group.chatId === chatId);
  return top ? { date: top.date, id, peer: { chatId, accessHash: known?.accessHash ?? null } } : null;
}

function toDialog(dialog: Api.Dialog): TelegramDialog {
  const { readInboxMaxId, readOutboxMaxId, unreadCount, pts } = dialog;
  const chatId = chatIdOf(dialog.peer);
  return {
    ...{ chatId, topMessageId: dialog.topMessage, unreadCount, readInboxMaxId, readOutboxMaxId },
    isPinned: Boolean(dialog.pinned),
    isArchived: isArchive(dialog.folderId),
    mutedUntil: mutedUntilOf(dialog.notifySettings),
    pts: readChatId(chatId).kind === "channel" ? (pts ?? null) : null,
  };
}

export const toState = ({ pts, qts, date, seq }: Api.updates.State): UpdateState => ({ pts, qts, date, seq });

export function toDifference(answer: Api.updates.TypeDifference, context: MessageContext): Difference {
  switch (answer.className) {
    case "updates.DifferenceEmpty":
      return { kind: "none", state: { date: answer.date, seq: answer.seq } };
    case "updates.DifferenceTooLong":
      return { kind: "tooLong", pts: answer.pts };
    case "updates.DifferenceSlice":
      return { kind: "slice", batch: missedOf(answer, context), state: toState(answer.intermediateState) };
    case "updates.Difference":
      return { kind: "last", batch: missedOf(answer, context), state: toState(answer.state) };
  }
}

type Missed = Pick<Api.updates.Difference, "newMessages" | "otherUpdates" | "users" | "chats">;

/** What belongs to the box that was asked for is whole, so it does not count; other boxes' updates do. */
function missedOf(answer: Missed, context: MessageContext, channelId: number | null = null): UpdateBatch {
  const others = answer.otherUpdates
    .flatMap((update) => toUpdates(update, context))
    .map(
      (update): TelegramUpdate => (update.channelId === channelId ? { ...update, ...UNCOUNTED, channelId } : update),
    );
  const messages = toMessages(answer.newMessages, context).map(
    (message): TelegramUpdate => ({ ...UNCOUNTED, channelId, type: "message", message }),
  );
  const lists = { users: toUsers(answer.users), groups: toGroups(answer.chats) };
  return { ...lists, updates: [...messages, ...others], seq: null, date: null };
}

/** @param channelId marked */
export function toChannelDifference(
  answer: Api.updates.TypeChannelDifference,
  { channelId, ...context }: MessageContext & { channelId: number },
): ChannelDifference {
  switch (answer.className) {
    case "updates.ChannelDifferenceEmpty": {
      const batch = { users: [], groups: [], updates: [], seq: null, date: null };
      return { kind: "part", batch, pts: answer.pts, isLast: true };
    }
    case "updates.ChannelDifference": {
      const batch = missedOf(answer, context, channelId);
      return { kind: "part", batch, pts: answer.pts, isLast: Boolean(answer.final) };
    }
    case "updates.ChannelDifferenceTooLong": {
      const { messages: newMessages, users, chats } = answer;
      const batch = missedOf({ newMessages, otherUpdates: [], users, chats }, context, channelId);
      const dialog = answer.dialog.className === "Dialog" ? toDialog(answer.dialog) : null;
      return { kind: "tooLong", batch, dialog, pts: dialog?.pts ?? 0 };
    }
  }
}

export function toFullUser({ fullUser, users, chats }: Api.users.UserFull): FullChat {
  const lists = { users: toUsers(users), groups: toGroups(chats) };
  return { bio: fullUser.about || null, about: null, memberCount: null, ...lists };
}

export function toFullChat({ fullChat, users, chats }: Api.messages.ChatFull): FullChat {
  const groups = toGroups(chats);
  const isChannel = fullChat.className === "ChannelFull";
  const counted = isChannel ? fullChat.participantsCount : countOf(fullChat.participants);
  return { bio: null, about: fullChat.about || null, memberCount: counted ?? null, users: toUsers(users), groups };
}

const countOf = (participants: Api.TypeChatParticipants): number | undefined =>
  participants.className === "ChatParticipants" ? participants.participants.length : undefined;

export const toDevices = ({ authorizations }: Api.account.Authorizations): Device[] =>
  authorizations.map((one) => ({
    id: one.hash.toString(),
    device: one.deviceModel,
    platform: [one.platform, one.systemVersion].filter(Boolean).join(" "),
    ip: one.ip,
    createdAt: one.dateCreated,
    activeAt: one.dateActive,
    isCurrent: Boolean(one.current),
  }));

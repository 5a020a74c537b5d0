import {
  markChannel,
  markGroup,
  type TelegramGroup,
  type TelegramUser,
  type UserStatus,
} from "@pult/api/chats/engine/telegram.ts";
import bigInt from "big-integer";
import type { Api } from "telegram";

/** As TL's `long`: ids as numbers, hashes as decimal text. */
export const toLong = (value: number | string): bigInt.BigInteger => bigInt(String(value));

/** Marked. */
export function chatIdOf(peer: Api.TypePeer): number {
  switch (peer.className) {
    case "PeerUser":
      return peer.userId.toJSNumber();
    case "PeerChat":
      return markGroup(peer.chatId.toJSNumber());
    case "PeerChannel":
      return markChannel(peer.channelId.toJSNumber());
  }
}

/** Those that Telegram says nothing of but their id are left out. */
export const toUsers = (users: readonly Api.TypeUser[]): TelegramUser[] =>
  users.flatMap((user) => (user.className === "User" ? [toUser(user)] : []));

export function toUser(user: Api.User): TelegramUser {
  const { id, accessHash, min, self, bot, contact, mutualContact, deleted, photo, status } = user;
  return {
    id: id.toJSNumber(),
    accessHash: accessHash?.toString() ?? null,
    isMin: Boolean(min),
    isSelf: Boolean(self),
    isBot: Boolean(bot),
    isContact: Boolean(contact),
    isMutual: Boolean(mutualContact),
    isDeleted: Boolean(deleted),
    firstName: user.firstName || null,
    lastName: user.lastName || null,
    username: usernameOf(user),
    phoneNumber: user.phone || null,
    photoId: photo?.className === "UserProfilePhoto" ? photo.photoId.toString() : null,
    status: status ? toStatus(status) : null,
  };
}

/** Names bought as collectibles leave the plain field empty. */
function usernameOf({ username, usernames }: Pick<Api.User, "username" | "usernames">): string | null {
  return username || usernames?.find(({ active }) => active)?.username || null;
}

export function toStatus(status: Api.TypeUserStatus): UserStatus | null {
  switch (status.className) {
    case "UserStatusOnline":
      return { kind: "online", at: status.expires };
    case "UserStatusOffline":
      return { kind: "offline", at: status.wasOnline };
    case "UserStatusRecently":
      return { kind: "recently", at: null };
    case "UserStatusLastWeek":
      return { kind: "lastWeek", at: null };
    case "UserStatusLastMonth":
      return { kind: "lastMonth", at: null };
    case "UserStatusEmpty":
      return null;
  }
}

export const toGroups = (chats: readonly Api.TypeChat[]): TelegramGroup[] =>
  chats.flatMap((chat) => toGroup(chat) ?? []);

function toGroup(chat: Api.TypeChat): TelegramGroup | null {
  switch (chat.className) {
    case "Chat":
      return toBasicGroup(chat);
    case "Channel":
      return toChannel(chat);
    case "ChatForbidden":
      return { ...GONE, chatId: markGroup(chat.id.toJSNumber()), type: "group", title: chat.title };
    case "ChannelForbidden":
      return toForbiddenChannel(chat);
    case "ChatEmpty":
      return null;
  }
}

const GONE = {
  accessHash: null,
  isMin: false,
  username: null,
  memberCount: null,
  photoId: null,
  canSend: false,
  isGone: true,
  isForum: false,
};

const photoIdOf = (photo: Api.TypeChatPhoto | null | undefined): string | null =>
  photo?.className === "ChatPhoto" ? photo.photoId.toString() : null;

function toBasicGroup(chat: Api.Chat): TelegramGroup {
  const { id, title, creator, adminRights, defaultBannedRights, participantsCount, photo } = chat;
  // A group that became a supergroup goes on there.
  const isGone = Boolean(chat.left || chat.deactivated || chat.migratedTo);
  const isTrusted = Boolean(creator || adminRights);
  return {
    ...GONE,
    ...{ chatId: markGroup(id.toJSNumber()), type: "group", title, memberCount: participantsCount, isGone },
    photoId: photoIdOf(photo),
    canSend: !isGone && (isTrusted || !defaultBannedRights?.sendMessages),
  };
}

function toChannel(channel: Api.Channel): TelegramGroup {
  const { id, title, accessHash, min, left, photo, participantsCount, forum } = channel;
  const isBroadcast = Boolean(channel.broadcast) && !channel.megagroup;
  const isGone = Boolean(left);
  return {
    chatId: markChannel(id.toJSNumber()),
    accessHash: accessHash?.toString() ?? null,
    isMin: Boolean(min),
    type: isBroadcast ? "channel" : "supergroup",
    title,
    username: usernameOf(channel),
    memberCount: participantsCount ?? null,
    photoId: photoIdOf(photo),
    canSend: !isGone && (isBroadcast ? mayPost(channel) : mayWrite(channel)),
    isGone,
    isForum: Boolean(forum),
  };
}

const mayPost = ({ creator, adminRights }: Api.Channel): boolean => Boolean(creator || adminRights?.postMessages);

function mayWrite({ creator, adminRights, bannedRights, defaultBannedRights }: Api.Channel): boolean {
  if (creator || adminRights) return true;
  return !bannedRights?.sendMessages && !defaultBannedRights?.sendMessages;
}

function toForbiddenChannel({ id, title, accessHash, broadcast }: Api.ChannelForbidden): TelegramGroup {
  const type = broadcast ? "channel" : "supergroup";
  return { ...GONE, chatId: markChannel(id.toJSNumber()), type, title, accessHash: accessHash.toString() };
}

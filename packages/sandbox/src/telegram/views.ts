import type { SandboxGroup, SandboxMessage, SandboxPhoto, SandboxUser } from "../control.ts";
import { findUser } from "./chats.ts";
import { findFile } from "./files.ts";
import type { ServiceContent, StoredGroup, StoredMessage, StoredUser, TelegramState } from "./state.ts";

function toSandboxUser({ id, name, username, languageCode, staff }: StoredUser): SandboxUser {
  return { id, name, username, languageCode, staff };
}

export function toSandboxMessage(state: TelegramState, chatId: number, message: StoredMessage): SandboxMessage {
  return {
    chatId,
    messageId: message.messageId,
    threadId: message.threadId,
    from: senderOf(state, message.fromId),
    text: message.service === null ? message.text : serviceWords(message.service),
    photo: photoOf(state, message.photoFile),
    document: findFile(state, message.documentFile)?.name ?? cardName(message.card),
    mediaGroupId: message.mediaGroupId,
    replyToMessageId: message.replyTo,
    pinned: message.pinned,
    service: message.service !== null,
    sentAt: toIso(message.date),
    editedAt: message.editDate === null ? null : toIso(message.editDate),
  };
}

/** Telegram as the page shows it. */
export function viewTelegram(state: TelegramState) {
  const { bot, users, privateChats, group, liveGroup } = state;
  return {
    bot: { id: bot.id, name: bot.name, username: bot.username },
    users: users.map(toSandboxUser),
    privateChats: privateChats.map(({ userId, messages }) => ({
      userId,
      messages: messages.map((message) => toSandboxMessage(state, userId, message)),
    })),
    group: viewGroup(state, group),
    liveGroup: viewGroup(state, liveGroup),
  };
}

function viewGroup(state: TelegramState, { chatId, title, topics, messages }: StoredGroup): SandboxGroup {
  return {
    chatId,
    title,
    topics: topics.map((topic) => ({ ...topic })),
    messages: messages.map((message) => toSandboxMessage(state, chatId, message)),
  };
}

function senderOf(state: TelegramState, fromId: number): SandboxMessage["from"] {
  if (fromId === state.bot.id) return { id: fromId, name: state.bot.name, bot: true };
  return { id: fromId, name: findUser(state, fromId)?.name ?? "Deleted", bot: false };
}

/** A place, a contact, a poll: by the name of its kind. */
const cardName = (card: StoredMessage["card"]): string | null =>
  Object.keys(card ?? {})[0]?.replaceAll("_", " ") ?? null;

function photoOf(state: TelegramState, unique: string | null): SandboxPhoto | null {
  const file = findFile(state, unique);
  if (file === undefined) return null;
  return { fileUniqueId: file.unique, width: file.width ?? 0, height: file.height ?? 0 };
}

function serviceWords(service: ServiceContent): string {
  switch (service.kind) {
    case "topicCreated":
      return `Topic “${service.name}” was created`;
    case "topicClosed":
      return "The topic was closed";
    case "topicReopened":
      return "The topic was reopened";
    case "pinned":
      return "A message was pinned";
    case "migratedTo":
      return "The group was upgraded to a supergroup";
    case "migratedFrom":
      return "The group became a supergroup";
  }
}

function toIso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

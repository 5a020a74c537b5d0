import type { TelegramBackend } from "./backend.ts";
import { groupChat } from "./chats.ts";
import { appendMessage } from "./message-store.ts";
import { renderMessage, renderSender } from "./render.ts";

/** Ids of supergroups, far enough apart that no two meet. */
const MIGRATED_BASE = -1_003_000_000_000;

/**
 * The group becomes a supergroup under a new id, as when an owner changes its settings: the bot gets both service
 * messages, and calls on the old id are refused with the new one. Topics and messages move along. Answers the new id.
 */
export function migrateGroup(backend: TelegramBackend): number {
  const { world, updates } = backend;
  const { group, next } = world.state;
  const oldChat = groupChat(world.state);
  const oldId = group.chatId;
  const newId = MIGRATED_BASE - group.formerChatIds.length - 1;
  const ownerId = world.state.users.find((user) => user.staff)?.id ?? world.state.bot.id;

  const farewell = appendMessage(world, oldChat, { fromId: ownerId, service: { kind: "migratedTo", chatId: newId } });
  updates.push("message", renderMessage(world.state, oldChat, farewell));

  if (group.type === "group") {
    next.groupMessageId = Math.max(0, ...group.messages.map((message) => message.messageId)) + 1;
  }
  group.formerChatIds.push(oldId);
  group.chatId = newId;
  group.type = "supergroup";
  const newChat = groupChat(world.state);
  const first = appendMessage(world, newChat, { fromId: ownerId, service: { kind: "migratedFrom", chatId: oldId } });
  updates.push("message", {
    ...renderMessage(world.state, newChat, first),
    from: renderSender(world.state, ownerId),
    sender_chat: { id: newId, title: group.title, type: "supergroup" },
  });
  world.changed();
  world.emit({ type: "group", chatId: newId });
  return newId;
}

import { type DialogsPage, type MessagesPage, readChatId } from "../chats/engine/telegram.ts";
import { countUnread } from "./fake-telegram-actions.ts";
import type { FakeWorld, StoredMessage } from "./fake-telegram-world.ts";

/** Chats of a user, newest first. @param only these; null: all that have messages */
export function dialogsOf(world: FakeWorld, userId: number, only: readonly number[] | null): DialogsPage {
  const places = only ?? [...world.users.keys(), ...world.groups.keys()];
  const tops = places
    .filter((chatId) => world.groups.get(chatId)?.memberIds.has(userId) ?? true)
    .map((chatId) => ({ chatId, top: world.boxFor(userId, chatId).of(chatId).at(-1) }))
    .filter(({ top }) => top !== undefined || only !== null)
    .toSorted(
      (a, b) => (b.top?.message.date ?? 0) - (a.top?.message.date ?? 0) || (b.top?.uid ?? 0) - (a.top?.uid ?? 0),
    );
  const messages = tops.flatMap(({ top }) => (top ? [world.viewMessage(userId, top)] : []));
  return {
    dialogs: tops.map(({ chatId, top }) => ({
      chatId,
      topMessageId: top?.message.id ?? 0,
      unreadCount: countUnread(world, { userId, chatId }),
      readInboxMaxId: world.readTo.get(`${userId}:${chatId}`) ?? 0,
      readOutboxMaxId: world.readTo.get(`out:${userId}:${chatId}`) ?? 0,
      isPinned: false,
      isArchived: false,
      mutedUntil: null,
      pts: readChatId(chatId).kind === "channel" ? world.boxOf(chatId).pts : null,
    })),
    messages,
    ...world.listsFor(userId, [...tops.map(({ chatId }) => chatId), ...messages.map(({ senderId }) => senderId)]),
    totalCount: tops.length,
    next: null,
  };
}

/** Newest first. */
export function pageOf(
  world: FakeWorld,
  userId: number,
  { stored, limit }: { stored: readonly StoredMessage[]; limit: number },
): MessagesPage {
  const newest = stored.toSorted((a, b) => b.message.date - a.message.date || b.message.id - a.message.id);
  const messages = newest.slice(0, limit).map((one) => world.viewMessage(userId, one));
  const ids = messages.flatMap(({ chatId, senderId, forwardFromId }) => [chatId, senderId, forwardFromId]);
  return { messages, ...world.listsFor(userId, ids), totalCount: stored.length };
}

import type { ChatsEvent } from "@pult/api/chats/schema.ts";
import { expect, it } from "vitest";
import { type ChatListState, explains, listedChats, withChats, withListEvent } from "./chat-list-state.ts";
import { chatOf, messageOf } from "./testing.ts";

const list: ChatListState = withChats({ chats: new Map(), next: null }, [
  chatOf("7"),
  chatOf("8", { lastMessage: messageOf(5, { chatId: "8" }) }),
  chatOf("9", { isPinned: true }),
  chatOf("10", { lastMessage: null }),
]);
const newMessage = (id: number): ChatsEvent => ({
  type: "newMessage",
  accountId: "a",
  chatId: "7",
  message: messageOf(id),
});

it("lists pinned chats first, then those with the newest message", () => {
  expect(listedChats(list).map(({ id }) => id)).toEqual(["9", "8", "7"]);
  expect(listedChats(withListEvent(list, newMessage(6))).map(({ id }) => id)).toEqual(["9", "7", "8"]);
});

it("counts a new message once, also when the list has it already", () => {
  const heard = withListEvent(withListEvent(list, newMessage(6)), newMessage(6));
  expect(heard.chats.get("7")).toMatchObject({ unreadCount: 1, lastMessage: { id: "6" } });
  expect(withListEvent(heard, newMessage(2)).chats.get("7")).toMatchObject({
    unreadCount: 1,
    lastMessage: { id: "6" },
  });
});

it("asks for the list again when an event does not say what it becomes", () => {
  const deleted = (messageIds: string[]): ChatsEvent => ({
    type: "messageDeleted",
    accountId: "a",
    chatId: "8",
    messageIds,
  });
  expect(explains(list, deleted(["5"]))).toBe(false);
  expect(explains(list, deleted(["4"]))).toBe(true);
  expect(explains(list, { ...newMessage(1), chatId: "99" } as ChatsEvent)).toBe(false);
});

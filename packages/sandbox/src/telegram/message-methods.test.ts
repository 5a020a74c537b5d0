import { InputFile } from "grammy";
import { describe, expect, test } from "vitest";
import { findUser, groupId, makePng, openDialog } from "../testing.ts";
import { useBotApi } from "../use-sandbox.ts";

const { sandbox, api, refusal } = await useBotApi();

describe("edits", () => {
  test("changes text and caption in place and sets edit_date", async () => {
    const text = await api.sendMessage(groupId(sandbox), "old");
    const photo = await api.sendPhoto(groupId(sandbox), new InputFile(makePng(9, 9)), { caption: "old" });
    const edited = await api.editMessageText(groupId(sandbox), text.message_id, "new");
    expect(edited).toMatchObject({ message_id: text.message_id, text: "new", edit_date: expect.any(Number) });
    await api.editMessageCaption(groupId(sandbox), photo.message_id, { caption: "fresh" });
    expect(sandbox.world().group.messages.map((message) => message.text)).toEqual(["new", "fresh"]);
    expect(sandbox.world().group.messages[0]?.editedAt).not.toBeNull();
    expect(await api.getUpdates()).toEqual([]);
  });

  test("are rejected with Telegram's messages", async () => {
    const { message_id } = await api.sendMessage(groupId(sandbox), "same");
    const agent = findUser(sandbox, "staff").id;
    const [foreign] = sandbox.telegram.sendAsUser({ userId: agent, chatId: groupId(sandbox), text: "mine" }).messageIds;
    expect(await refusal("editMessageText", { message_id, text: "same" })).toMatch(
      /^Bad Request: message is not modified: specified new message content and reply markup are exactly the same/,
    );
    expect(await refusal("editMessageText", { message_id: 4_040, text: "x" })).toBe(
      "Bad Request: message to edit not found",
    );
    expect(await refusal("editMessageText", { message_id: foreign, text: "x" })).toBe(
      "Bad Request: message can't be edited",
    );
    expect(await refusal("editMessageCaption", { message_id, caption: "x" })).toBe(
      "Bad Request: there is no caption in the message to edit",
    );
  });
});

test("deleteMessage removes a message from the phones and rejects a repeat", async () => {
  const { message_id } = await api.sendMessage(groupId(sandbox), "gone");
  await api.deleteMessage(groupId(sandbox), message_id);
  expect(sandbox.world().group.messages).toEqual([]);
  expect(await refusal("deleteMessage", { message_id })).toBe("Bad Request: message to delete not found");
});

test("rejects deletion of a topic's service message", async () => {
  const { message_thread_id } = await api.createForumTopic(groupId(sandbox), "t");
  expect(await refusal("deleteMessage", { message_id: message_thread_id })).toBe(
    "Bad Request: message can't be deleted",
  );
});

test("pins a message with one update to the bot, and unpins it", async () => {
  const { message_id } = await api.sendMessage(groupId(sandbox), "important");
  await api.pinChatMessage(groupId(sandbox), message_id);
  await api.pinChatMessage(groupId(sandbox), message_id);
  const updates = await api.getUpdates();
  expect(updates.map((update) => update.message?.pinned_message?.message_id)).toEqual([message_id]);
  expect(await api.getChat(groupId(sandbox))).toMatchObject({ pinned_message: { message_id } });
  await api.unpinChatMessage(groupId(sandbox), message_id);
  expect(sandbox.world().group.messages[0]?.pinned).toBe(false);
  expect(await refusal("pinChatMessage", { message_id: 4_040 })).toBe("Bad Request: message to pin not found");
  expect(await refusal("unpinChatMessage", {})).toBe("Bad Request: message to unpin not found");
});

test("setMessageReaction rejects emoji that Telegram does not offer", async () => {
  const { message_id } = await api.sendMessage(groupId(sandbox), "x");
  await api.setMessageReaction(groupId(sandbox), message_id, [{ type: "emoji", emoji: "👌" }]);
  expect(sandbox.world().group.messages[0]?.reactions).toEqual(["👌"]);
  expect(await refusal("setMessageReaction", { message_id, reaction: [{ type: "emoji", emoji: "✅" }] })).toBe(
    "Bad Request: REACTION_INVALID",
  );
});

test("rejects a second answer to a callback query", async () => {
  const chatId = openDialog(sandbox);
  const { message_id: messageId } = await api.sendMessage(chatId, "?", {
    reply_markup: { inline_keyboard: [[{ text: "b", callback_data: "d" }]] },
  });
  const id = sandbox.telegram.press({ userId: chatId, chatId, messageId, data: "d" });
  expect(await api.answerCallbackQuery(id, { text: "done" })).toBe(true);
  expect(await refusal("answerCallbackQuery", { callback_query_id: id })).toBe(
    "Bad Request: query is too old and response timeout expired or query ID is invalid",
  );
  expect(() => sandbox.telegram.press({ userId: chatId, chatId, messageId, data: "other" })).toThrow("no such button");
});

describe("bot and chat information", () => {
  test("getMe, getChat and getChatMember describe the bot, its chats and their members", async () => {
    const agent = findUser(sandbox, "staff");
    const customer = findUser(sandbox, "customer");
    const me = await api.getMe();
    expect(me).toMatchObject({ is_bot: true, can_read_all_group_messages: true });
    expect(await api.getChat(groupId(sandbox))).toMatchObject({ type: "supergroup", is_forum: true });
    expect(await api.getChatMember(groupId(sandbox), me.id)).toMatchObject({
      status: "administrator",
      can_manage_topics: true,
    });
    expect((await api.getChatMember(groupId(sandbox), agent.id)).status).toBe("creator");
    expect((await api.getChatMember(groupId(sandbox), customer.id)).status).toBe("left");
    expect(await refusal("getChatMember", { user_id: 4 })).toBe("Bad Request: user not found");
  });

  test("setMyCommands stores commands by scope and rejects malformed names", async () => {
    const commands = [{ command: "start", description: "Begin" }];
    await api.setMyCommands(commands);
    expect(await api.getMyCommands()).toEqual(commands);
    expect(await api.getMyCommands({ scope: { type: "all_group_chats" } })).toEqual([]);
    expect(await refusal("setMyCommands", { commands: [{ command: "Start!", description: "x" }] })).toBe(
      "Bad Request: BOT_COMMAND_INVALID",
    );
  });

  test("getFile rejects an unknown id", async () => {
    expect(await refusal("getFile", { file_id: "AgACnope" })).toBe(
      "Bad Request: wrong file_id or the file is temporarily unavailable",
    );
  });
});

import { InputFile } from "grammy";
import { describe, expect, test } from "vitest";
import { findUser, groupId, makePng } from "../testing.ts";
import { useBotApi } from "../use-sandbox.ts";

const { sandbox, api, expectRefusal } = await useBotApi();

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
    const unchanged =
      "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
    await expectRefusal("editMessageText", { message_id, text: "same" }, unchanged);
    await expectRefusal("editMessageText", { message_id: 4_040, text: "x" }, "message to edit not found");
    await expectRefusal("editMessageText", { message_id: foreign, text: "x" }, "message can't be edited");
    await expectRefusal(
      "editMessageCaption",
      { message_id, caption: "x" },
      "there is no caption in the message to edit",
    );
  });
});

test("pins a message with one update to the bot", async () => {
  const { message_id } = await api.sendMessage(groupId(sandbox), "important");
  await api.pinChatMessage(groupId(sandbox), message_id);
  await api.pinChatMessage(groupId(sandbox), message_id);
  const updates = await api.getUpdates();
  expect(updates.map((update) => update.message?.pinned_message?.message_id)).toEqual([message_id]);
  expect(await api.getChat(groupId(sandbox))).toMatchObject({ pinned_message: { message_id } });
  expect(sandbox.world().group.messages[0]?.pinned).toBe(true);
  await expectRefusal("pinChatMessage", { message_id: 4_040 }, "message to pin not found");
});

describe("bot and chat information", () => {
  test("getMe and getChat describe the bot and its chats", async () => {
    expect(await api.getMe()).toMatchObject({ is_bot: true, can_read_all_group_messages: true });
    expect(await api.getChat(groupId(sandbox))).toMatchObject({ type: "supergroup", is_forum: true });
  });

  test("getFile rejects an unknown id", async () => {
    await expectRefusal("getFile", { file_id: "AgACnope" }, "wrong file_id or the file is temporarily unavailable");
  });
});

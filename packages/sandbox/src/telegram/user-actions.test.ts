import { Api, GrammyError } from "grammy";
import type { ForumTopic, Message, Update } from "grammy/types";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../sandbox.ts";
import { callRaw, findUser, groupId, makePhoto, openDialog } from "../testing.ts";
import { useSandbox } from "../use-sandbox.ts";

let chatId: number;
const sandbox = await useSandbox();
beforeEach(() => {
  chatId = openDialog(sandbox);
});

async function lastUpdate() {
  return (await callRaw<Update[]>(sandbox, "getUpdates")).body.result.at(-1);
}

describe("sendAsUser", () => {
  test("delivers a photo with its sizes and its caption", async () => {
    sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: " look " }, { photos: [makePhoto(640, 480)] });
    const message = (await lastUpdate())?.message;
    expect(message).toMatchObject({
      caption: "look",
      photo: [{ width: 90 }, { width: 320 }, { width: 640, height: 480 }],
    });
    expect(message).not.toHaveProperty("text");
    expect(message).not.toHaveProperty("media_group_id");
  });

  test("delivers a document with name and type", async () => {
    const document = { field: "document", name: "bill.pdf", mime: "application/pdf", bytes: Buffer.from("%PDF") };
    sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "" }, { documents: [document] });
    const message = (await lastUpdate())?.message;
    expect(message?.document).toMatchObject({ file_name: "bill.pdf", mime_type: "application/pdf", file_size: 4 });
    expect(message).not.toHaveProperty("caption");
  });

  test.each([
    ["nothing", { text: "  " }, {}, "The message is empty"],
    ["4097 characters", { text: "x".repeat(4_097) }, {}, "too long"],
    ["a caption of 1025", { text: "x".repeat(1_025) }, { photos: [makePhoto()] }, "too long"],
    ["eleven photos", { text: "" }, { photos: Array.from({ length: 11 }, () => makePhoto(9, 9)) }, "at most 10"],
    ["a photo that is none", { text: "" }, { photos: [{ ...makePhoto(), bytes: Buffer.from("x") }] }, "IMAGE_PROCESS"],
    ["a reply to nothing", { text: "x", replyToMessageId: 999_999 }, {}, "No such message"],
  ])("rejects %s without an update to the bot", async (_case, input, attachments, reason) => {
    const before = await lastUpdate();
    const send = () => sandbox.telegram.sendAsUser({ userId: chatId, chatId, ...input }, attachments);
    expect(send).toThrow(reason);
    expect(await lastUpdate()).toEqual(before);
  });
});

describe("edit", () => {
  test("delivers the edit of a caption as edited_message with the photo", async () => {
    const sent = sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "a" }, { photos: [makePhoto()] });
    const [messageId = 0] = sent.messageIds;
    sandbox.telegram.edit({ userId: chatId, chatId, messageId, text: "b" });
    expect((await lastUpdate())?.edited_message).toMatchObject({
      message_id: messageId,
      caption: "b",
      photo: expect.any(Array),
      edit_date: expect.any(Number),
    });
  });

  test("rejects the edit of another user's message and an unchanged text", async () => {
    const [a, b] = [findUser(sandbox, "staff", 1).id, findUser(sandbox, "staff", 2).id];
    const group = groupId(sandbox);
    const [messageId = 0] = sandbox.telegram.sendAsUser({ userId: a, chatId: group, text: "x" }).messageIds;
    const edit = (userId: number, text: string) => () =>
      sandbox.telegram.edit({ userId, chatId: group, messageId, text });
    expect(edit(b, "y")).toThrow("one's own");
    expect(edit(a, "x")).toThrow("not modified");
  });
});

test("rejects a reply to a message that its user deleted", async () => {
  const [messageId = 0] = sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "x" }).messageIds;
  sandbox.telegram.deleteMessage(chatId, messageId);
  const params = { chat_id: chatId, text: "re", reply_parameters: { message_id: messageId } };
  expect((await callRaw<Message>(sandbox, "sendMessage", params)).body.description).toBe(
    "Bad Request: message to be replied not found",
  );
});

test.each([true, false])(
  "moves a migrated group (forum: %s) to a new id, and answers calls on the old one with it",
  async (forum) => {
    const moved = await startSandbox({ forum });
    onTestFinished(() => moved.close());
    const api = new Api(moved.env.TELEGRAM_BOT_TOKEN, { apiRoot: moved.origin });
    const oldId = groupId(moved);
    const kept = await api.sendMessage(oldId, "kept");
    const newId = moved.telegram.migrateGroup();

    expect(String(newId)).toMatch(/^-100\d+$/);
    expect(newId).not.toBe(oldId);
    expect(moved.env.GROUP_CHAT_ID).toBe(String(newId));
    const [farewell, first] = (await api.getUpdates()).map((update) => update.message);
    expect(farewell).toMatchObject({ chat: { id: oldId }, migrate_to_chat_id: newId });
    expect(first).toMatchObject({ chat: { id: newId, type: "supergroup" }, migrate_from_chat_id: oldId });

    const error: unknown = await api.sendMessage(oldId, "late").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GrammyError);
    expect(error).toMatchObject({
      error_code: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      parameters: { migrate_to_chat_id: newId },
    });

    const reply = { message_id: kept.message_id };
    const answer = await api.sendMessage(newId, "answer", { reply_parameters: reply });
    expect(answer.reply_to_message).toMatchObject({ text: "kept", chat: { id: newId } });
    expect(answer.message_id).toBeGreaterThan(kept.message_id);
  },
);

test("keeps topics after a migration, and routes staff messages for the old id to the new group", async () => {
  const moved = await startSandbox();
  onTestFinished(() => moved.close());
  const oldId = groupId(moved);
  const { body } = await callRaw<ForumTopic>(moved, "createForumTopic", { chat_id: oldId, name: "t" });
  const threadId: number = body.result.message_thread_id;
  const newId = moved.telegram.migrateGroup();
  const again = moved.telegram.migrateGroup();
  const sent = await callRaw<Message>(moved, "sendMessage", {
    chat_id: again,
    message_thread_id: threadId,
    text: "x",
  });
  expect(sent.body.result).toMatchObject({ message_thread_id: threadId, chat: { id: again } });
  for (const chat_id of [oldId, newId]) {
    const late = await callRaw<Message>(moved, "sendMessage", { chat_id, text: "x" });
    expect(late.body.parameters).toEqual({ migrate_to_chat_id: again });
  }
  moved.telegram.sendAsUser({ userId: findUser(moved, "staff").id, chatId: oldId, text: "hi", threadId });
  expect(moved.world().group.messages.at(-1)).toMatchObject({ chatId: again, text: "hi" });
});

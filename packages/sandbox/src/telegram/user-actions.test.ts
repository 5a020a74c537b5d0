import type { Message, Update } from "grammy/types";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox } from "../sandbox.ts";
import { startSandbox } from "../sandbox.ts";
import { callRaw, findUser, groupId, makePhoto, openDialog } from "../testing.ts";

let sandbox: Sandbox;
let chatId: number;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => {
  sandbox.reset();
  chatId = openDialog(sandbox);
});
afterAll(() => sandbox.close());

async function lastUpdate() {
  return (await callRaw<Update[]>(sandbox, "getUpdates")).body.result.at(-1);
}

describe("sendAsUser", () => {
  test("a photo comes with its sizes and its caption", async () => {
    sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: " look " }, { photos: [makePhoto(640, 480)] });
    const message = (await lastUpdate())?.message;
    expect(message).toMatchObject({
      caption: "look",
      photo: [{ width: 90 }, { width: 320 }, { width: 640, height: 480 }],
    });
    expect(message).not.toHaveProperty("text");
    expect(message).not.toHaveProperty("media_group_id");
  });

  test("a document comes with name and type", async () => {
    const document = { field: "document", name: "bill.pdf", mime: "application/pdf", bytes: Buffer.from("%PDF") };
    sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "" }, { documents: [document] });
    const message = (await lastUpdate())?.message;
    expect(message?.document).toMatchObject({ file_name: "bill.pdf", mime_type: "application/pdf", file_size: 4 });
    expect(message).not.toHaveProperty("caption");
  });

  test("commands are marked, so that bots find them", async () => {
    sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "/start ref_1" });
    expect((await lastUpdate())?.message?.entities).toEqual([{ type: "bot_command", offset: 0, length: 6 }]);
  });

  test.each([
    ["nothing", { text: "  " }, {}, "The message is empty"],
    ["4097 characters", { text: "x".repeat(4_097) }, {}, "too long"],
    ["a caption of 1025", { text: "x".repeat(1_025) }, { photos: [makePhoto()] }, "too long"],
    ["eleven photos", { text: "" }, { photos: Array.from({ length: 11 }, () => makePhoto(9, 9)) }, "at most 10"],
    ["a photo that is none", { text: "" }, { photos: [{ ...makePhoto(), bytes: Buffer.from("x") }] }, "IMAGE_PROCESS"],
    ["a reply to nothing", { text: "x", replyToMessageId: 999_999 }, {}, "No such message"],
  ])("refuses %s and tells the bot nothing", async (_case, input, attachments, reason) => {
    const before = await lastUpdate();
    const send = () => sandbox.telegram.sendAsUser({ userId: chatId, chatId, ...input }, attachments);
    expect(send).toThrow(reason);
    expect(await lastUpdate()).toEqual(before);
  });
});

describe("edit", () => {
  test("a caption's edit arrives as edited_message with the photo", async () => {
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

  test("refuses another's message and an unchanged text", async () => {
    const [a, b] = [findUser(sandbox, "staff", 1).id, findUser(sandbox, "staff", 2).id];
    const group = groupId(sandbox);
    const [messageId = 0] = sandbox.telegram.sendAsUser({ userId: a, chatId: group, text: "x" }).messageIds;
    const edit = (userId: number, text: string) => () =>
      sandbox.telegram.edit({ userId, chatId: group, messageId, text });
    expect(edit(b, "y")).toThrow("one's own");
    expect(edit(a, "x")).toThrow("not modified");
  });
});

test("a message a user deleted can no longer be replied to", async () => {
  const [messageId = 0] = sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "x" }).messageIds;
  sandbox.telegram.deleteMessage(chatId, messageId);
  const params = { chat_id: chatId, text: "re", reply_parameters: { message_id: messageId } };
  expect((await callRaw<Message>(sandbox, "sendMessage", params)).body.description).toBe(
    "Bad Request: message to be replied not found",
  );
});

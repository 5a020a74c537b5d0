import { InputFile, InputMediaBuilder } from "grammy";
import type { Message } from "grammy/types";
import { describe, expect, test } from "vitest";
import { callRaw, findUser, groupId, makePng, openDialog } from "../testing.ts";
import { useBotApi } from "../use-sandbox.ts";

const { sandbox, api } = await useBotApi();

describe("sendMessage", () => {
  test("shows the message on the user's phone and returns it", async () => {
    const chatId = openDialog(sandbox);
    const sent = await api.sendMessage(chatId, " Hello <b>you</b> ");
    const text = "Hello <b>you</b>";
    expect(sent).toMatchObject({ text, from: { is_bot: true }, chat: { id: chatId, type: "private" } });
    const { message_id: messageId } = sent;
    expect(sandbox.world().privateChats[0]?.messages.at(-1)).toMatchObject({ messageId, text });
  });

  test("numbers private chats in one sequence and the supergroup in its own", async () => {
    const [a, b] = [openDialog(sandbox, 1), openDialog(sandbox, 2)];
    const inA = await api.sendMessage(a, "1");
    const inGroup = await api.sendMessage(groupId(sandbox), "2");
    const nextInGroup = await api.sendMessage(groupId(sandbox), "3");
    const inB = await api.sendMessage(b, "4");
    expect(inB.message_id).toBe(inA.message_id + 1);
    expect(nextInGroup.message_id).toBe(inGroup.message_id + 1);
  });

  test.each([
    ["an empty text", { text: " \n" }, "400 Bad Request: message text is empty"],
    ["formatting", { text: "x", parse_mode: "HTML" }, "400 Bad Request: unsupported parse_mode"],
    ["4097 UTF-16 units", { text: "x".repeat(4_097) }, "400 Bad Request: message is too long"],
    ["an unknown chat", { chat_id: 5, text: "x" }, "400 Bad Request: chat not found"],
    ["no chat", { chat_id: "", text: "x" }, "400 Bad Request: chat_id is empty"],
    [
      "a reply to nothing",
      { text: "x", reply_parameters: { message_id: 999 } },
      "400 Bad Request: message to be replied not found",
    ],
    ["an unknown topic", { text: "x", message_thread_id: 12345 }, "400 Bad Request: message thread not found"],
    ["the General topic by number", { text: "x", message_thread_id: 1 }, "400 Bad Request: message thread not found"],
  ])("rejects %s", async (_case, params, expected) => {
    const { status, body } = await callRaw<Message>(sandbox, "sendMessage", { chat_id: groupId(sandbox), ...params });
    expect(`${status} ${body.description}`).toBe(expected);
    expect(body.error_code).toBe(status);
  });

  test("accepts 4096 UTF-16 units", async () => {
    expect((await api.sendMessage(groupId(sandbox), "😀".repeat(2_048))).text).toHaveLength(4_096);
  });

  test("rejects a message to a user who has not written first", async () => {
    const { id } = findUser(sandbox, "customer");
    await expect(api.sendMessage(id, "hi")).rejects.toThrow(
      "403: Forbidden: bot can't initiate conversation with a user",
    );
    openDialog(sandbox);
    expect(await api.sendMessage(id, "hi")).toMatchObject({ text: "hi" });
  });

  test("rejects a message to a user who blocked the bot", async () => {
    const chatId = openDialog(sandbox);
    sandbox.telegram.block(chatId, true);
    await expect(api.sendMessage(chatId, "hi")).rejects.toThrow("403: Forbidden: bot was blocked by the user");
    sandbox.telegram.block(chatId, false);
    expect(await api.sendMessage(chatId, "hi")).toMatchObject({ text: "hi" });
  });

  test("allow_sending_without_reply sends a plain message when the replied one is gone", async () => {
    const reply = { message_id: 9_999, allow_sending_without_reply: true };
    const sent = await api.sendMessage(groupId(sandbox), "x", { reply_parameters: reply });
    expect(sent.reply_to_message).toBeUndefined();
  });
});

describe("sendPhoto", () => {
  test("returns several sizes up to the original, whose bytes getFile leads to", async () => {
    const bytes = makePng(1_000, 500);
    const sent = await api.sendPhoto(groupId(sandbox), new InputFile(bytes, "wide.png"), { caption: "look" });
    expect(sent.photo.map(({ width, height }) => [width, height])).toEqual([
      [90, 45],
      [320, 160],
      [800, 400],
      [1_000, 500],
    ]);
    expect(new Set(sent.photo.map((size) => size.file_unique_id)).size).toBe(4);
    const file = await api.getFile(sent.photo.at(-1)?.file_id ?? "");
    const url = `${sandbox.origin}/file/bot${sandbox.env.TELEGRAM_BOT_TOKEN}/${file.file_path}`;
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(bytes);
  });

  test("accepts a known file_id instead of an upload", async () => {
    const first = await api.sendPhoto(groupId(sandbox), new InputFile(makePng(50, 50)));
    const again = await api.sendPhoto(groupId(sandbox), first.photo[0]?.file_id ?? "");
    expect(again.photo).toEqual(first.photo);
  });

  test.each([
    ["a size Telegram does not take", makePng(2_100, 100), "400: Bad Request: PHOTO_INVALID_DIMENSIONS"],
    ["a file that is not an image", Buffer.from("plain text"), "400: Bad Request: IMAGE_PROCESS_FAILED"],
  ])("rejects %s", async (_case, bytes, expected) => {
    await expect(api.sendPhoto(groupId(sandbox), new InputFile(bytes, "x.png"))).rejects.toThrow(expected);
  });

  test("rejects an unknown file_id, a URL and a caption over 1024 units", async () => {
    const chatId = groupId(sandbox);
    await expect(api.sendPhoto(chatId, "nonsense")).rejects.toThrow(
      "400: Bad Request: wrong file identifier/HTTP URL specified",
    );
    await expect(api.sendPhoto(chatId, "http://127.0.0.1/x.png")).rejects.toThrow(
      "400: Bad Request: failed to get HTTP URL content",
    );
    const caption = "x".repeat(1_025);
    await expect(api.sendPhoto(chatId, new InputFile(makePng(9, 9)), { caption })).rejects.toThrow(
      "400: Bad Request: message caption is too long",
    );
  });
});

describe("sendMediaGroup", () => {
  const part = (caption?: string) =>
    InputMediaBuilder.photo(new InputFile(makePng(20, 20), "p.png"), { ...(caption === undefined ? {} : { caption }) });

  test("sends one message per part, sharing media_group_id", async () => {
    const sent: Message[] = await api.sendMediaGroup(groupId(sandbox), [part("first"), part(), part()]);
    expect(sent.map((message) => message.caption)).toEqual(["first", undefined, undefined]);
    expect(new Set(sent.map((message) => message.media_group_id)).size).toBe(1);
    expect(sent[0]?.media_group_id).toMatch(/^\d+$/);
    expect(sandbox.world().group.messages).toHaveLength(3);
  });

  test("rejects 1 part, 11 parts, and a file that it does not know", async () => {
    const chatId = groupId(sandbox);
    await expect(api.sendMediaGroup(chatId, [part()])).rejects.toThrow(
      "400: Bad Request: too few messages to send as an album",
    );
    await expect(
      api.sendMediaGroup(
        chatId,
        Array.from({ length: 11 }, () => part()),
      ),
    ).rejects.toThrow("400: Bad Request: too many messages to send as an album");
    const media = ["a", "b"].map((name) => ({ type: "document", media: name }));
    const { body } = await callRaw(sandbox, "sendMediaGroup", { chat_id: chatId, media });
    expect(body.description).toBe("Bad Request: wrong file identifier/HTTP URL specified");
  });

  test("sends no part when one part is invalid", async () => {
    const media = [part(), InputMediaBuilder.photo("nonsense")];
    await expect(api.sendMediaGroup(groupId(sandbox), media)).rejects.toThrow("wrong file identifier");
    expect(sandbox.world().group.messages).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readUpdate, type TelegramMessage } from "./updates.ts";

/** A message as the Bot API documents it. */
const messageJson = (content: Record<string, unknown>): Record<string, unknown> => ({
  message_id: 7,
  from: { id: 11, is_bot: false, first_name: "Anna", last_name: "Ivanova", username: "anna", language_code: "ru" },
  chat: { id: 11, first_name: "Anna", type: "private" },
  date: 1_773_144_000,
  ...content,
});

function read(content: Record<string, unknown>): TelegramMessage {
  const event = readUpdate({ update_id: 1, message: messageJson(content) });
  if (event.type !== "message") throw new Error(`That was ${event.type}`);
  return event.message;
}

const size = (fileId: string, width: number) => ({
  file_id: fileId,
  file_unique_id: `u${fileId}`,
  width,
  height: width,
});

describe("readUpdate", () => {
  it("reads a text message", () => {
    expect(read({ text: "Hello" })).toEqual({
      chatId: 11,
      chatType: "private",
      messageId: 7,
      threadId: null,
      sender: { id: 11, name: "Anna Ivanova", username: "anna", languageCode: "ru", isBot: false },
      senderChatId: null,
      text: "Hello",
      photoFileId: null,
      attachment: null,
      mediaGroupId: null,
      replyToMessageId: null,
      migratedTo: null,
      topic: null,
    });
  });

  it.each([
    [{ forum_topic_created: { name: "News" } }, { name: "News", isClosed: false, isService: true }],
    [{ forum_topic_edited: { name: "Updates" } }, { name: "Updates", isClosed: null, isService: true }],
    [{ forum_topic_edited: { icon_custom_emoji_id: "5" } }, { name: null, isClosed: null, isService: true }],
    [{ forum_topic_closed: {} }, { name: null, isClosed: true, isService: true }],
    [{ forum_topic_reopened: {} }, { name: null, isClosed: false, isService: true }],
    [
      { text: "Hi", reply_to_message: { message_id: 3, forum_topic_created: { name: "News" } } },
      { name: "News", isClosed: null, isService: false },
    ],
  ])("reads what %o tells of the topic", (content, topic) => {
    expect(read(content).topic).toEqual(topic);
  });

  it("takes the largest size of a photo, with its caption and album", () => {
    const photo = [size("small", 90), size("medium", 320), size("large", 1_280)];
    expect(read({ photo, caption: "See", media_group_id: "13579" })).toMatchObject({
      photoFileId: "large",
      text: "See",
      mediaGroupId: "13579",
      attachment: null,
    });
  });

  it("takes an image sent as a file for a photo", () => {
    const document = { file_id: "doc", file_name: "photo.heic", mime_type: "image/heic", file_size: 5 };
    expect(read({ document })).toMatchObject({ photoFileId: "doc", attachment: null });
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "a document",
      { document: { file_id: "d", file_name: "invoice.pdf", mime_type: "application/pdf" } },
      "[document: invoice.pdf]",
    ],
    ["a document without a name", { document: { file_id: "d" } }, "[document]"],
    [
      "a video",
      { video: { file_id: "v", width: 1, height: 1, duration: 3, file_name: "clip.mp4" } },
      "[video: clip.mp4]",
    ],
    ["a voice message", { voice: { file_id: "v", duration: 3, mime_type: "audio/ogg" } }, "[voice]"],
    ["a round video", { video_note: { file_id: "v", length: 240, duration: 3 } }, "[video_note]"],
    ["music", { audio: { file_id: "a", duration: 3, file_name: "song.mp3" } }, "[audio: song.mp3]"],
    ["a sticker", { sticker: { file_id: "s", emoji: "👍", type: "regular" } }, "[sticker: 👍]"],
    ["a place", { location: { latitude: 55.75, longitude: 37.62 } }, "[location: 55.75, 37.62]"],
    ["a contact", { contact: { phone_number: "+79990000000", first_name: "Boris" } }, "[contact: +79990000000]"],
    ["a poll", { poll: { id: "1", question: "Lunch?", options: [] } }, "[poll]"],
  ])("names %s, which cannot be shown", (_, content, attachment) => {
    expect(read(content)).toMatchObject({ attachment, photoFileId: null });
  });

  it("names a GIF once, though Telegram sends it as a document, too", () => {
    const animation = { file_id: "g", file_name: "cat.mp4", mime_type: "video/mp4" };
    expect(read({ animation, document: animation }).attachment).toMatch(/cat\.mp4/);
  });

  it("reads topic, reply and anonymous administrator of a group", () => {
    const message = read({
      chat: { id: -1001, title: "Support", type: "supergroup", is_forum: true },
      from: { id: 1087968824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" },
      sender_chat: { id: -1001, title: "Support", type: "supergroup" },
      message_thread_id: 42,
      is_topic_message: true,
      reply_to_message: messageJson({ message_id: 41 }),
      text: "Answer",
    });
    expect(message).toMatchObject({ chatId: -1001, threadId: 42, replyToMessageId: 41, senderChatId: -1001 });
    expect(message.sender.isBot).toBe(true);
  });

  it("reads a group's migration", () => {
    const chat = { id: -55, title: "Support", type: "group" };
    expect(read({ chat, migrate_to_chat_id: -1_001_234_567_890 })).toMatchObject({ migratedTo: -1_001_234_567_890 });
  });

  it("reads an edit", () => {
    const update = { update_id: 1, edited_message: messageJson({ text: "Hello!", edit_date: 1_773_144_060 }) };
    expect(readUpdate(update)).toMatchObject({ type: "edited", message: { text: "Hello!", messageId: 7 } });
  });

  it.each([
    ["my_chat_member", { my_chat_member: { chat: { id: 11 } } }],
    ["callback_query", { callback_query: { id: "1", data: "x" } }],
    ["channel_post", { channel_post: messageJson({ text: "x" }) }],
    ["message", { message: { text: "without chat or sender" } }],
    ["message", { message: null }],
    ["message", { message: "text" }],
    ["message", { message: messageJson({ message_id: "7" }) }],
    ["message", { message: messageJson({ chat: { id: 2 ** 60 } }) }],
    ["nothing", {}],
  ])("leaves %s to others: %j", (what, content) => {
    expect(readUpdate({ update_id: 1, ...content })).toEqual({ type: "other", what });
  });

  it("names a sender without a name by their id, and cuts a long name", () => {
    const from = { id: 5, is_bot: false };
    expect(read({ from: { ...from, first_name: "" } }).sender.name).toBe("5");
    expect(read({ from: { ...from, first_name: "n".repeat(300) } }).sender.name).toHaveLength(128);
  });

  it("answers for whatever JSON a webhook is sent", () => {
    const keys = ["message", "chat", "from", "id", "photo", "text", "document", "message_id", "file_id", "title"];
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, 0, -1, Number.POSITIVE_INFINITY, 7, "", "x", "__proto__"),
        fc.dictionary(fc.constantFrom(...keys), tie("value")),
        fc.array(tie("value"), { maxLength: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, json, (message, content) => {
        const whole = { ...messageJson({}), ...(typeof content === "object" ? content : {}) };
        expect(["message", "edited", "other"]).toContain(readUpdate({ update_id: 1, message }).type);
        expect(["message", "edited", "other"]).toContain(readUpdate({ update_id: 1, message: whole }).type);
      }),
      { numRuns: 1_000 },
    );
  });
});

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
      botId: 0,
      chatId: 11,
      chatType: "private",
      messageId: 7,
      threadId: null,
      sender: { id: 11, name: "Anna Ivanova", username: "anna", languageCode: "ru", isBot: false },
      senderChatId: null,
      text: "Hello",
      entities: [],
      attachment: null,
      sentAt: 1_773_144_000,
      forwardedFrom: null,
      quote: null,
      businessConnectionId: null,
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

  it("keeps formatting that the text does not show, and leaves out what is malformed", () => {
    const entities = [
      { type: "bold", offset: 0, length: 2 },
      { type: "url", offset: 0, length: 2 },
      { type: "text_link", offset: 3, length: 4, url: "https://shop.example/1" },
      { type: "text_link", offset: 3, length: 4, url: "javascript:alert(1)" },
      { type: "italic", offset: 6, length: 40 },
      { type: "new_kind", offset: 0, length: 1 },
    ];
    expect(read({ caption: "My link", caption_entities: entities, photo: [size("a", 9)] }).entities).toEqual([
      { type: "bold", offset: 0, length: 2 },
      { type: "text_link", offset: 3, length: 4, url: "https://shop.example/1" },
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a person", { type: "user", sender_user: { id: 5, first_name: "Boris" } }, "Boris"],
    ["a hidden account", { type: "hidden_user", sender_user_name: "B." }, "B."],
    ["a channel", { type: "channel", chat: { id: -5, title: "News" } }, "News"],
    ["an origin of a new kind", { type: "new" }, ""],
  ])("reads that a message repeats %s", (_, origin, name) => {
    expect(read({ text: "x", forward_origin: origin }).forwardedFrom).toBe(name);
  });

  it("names a chat that writes as itself", () => {
    const message = { text: "x", sender_chat: { id: -5, title: "Channel" } };
    expect(read(message).sender.name).toBe("Channel");
    expect(read({ ...message, author_signature: "Editor" }).sender.name).toBe("Editor");
  });

  it("reads messages of a business account, their deletion, reactions and the bot's place in a chat", () => {
    const json = messageJson({ text: "x", business_connection_id: "b1" });
    const chat = { id: 11, type: "private" };
    const update = (content: object) => readUpdate({ update_id: 1, ...content }, 42);
    expect(update({ business_message: json })).toMatchObject({ message: { botId: 42, businessConnectionId: "b1" } });
    expect(update({ edited_business_message: json })).toMatchObject({ type: "edited" });
    const gone = { business_connection_id: "b1", chat, message_ids: [7, 8] };
    expect(update({ deleted_business_messages: gone })).toMatchObject({ type: "deleted", messageIds: [7, 8] });
    const reaction = { chat, message_id: 7, user: { id: 11 }, new_reaction: [{ type: "emoji", emoji: "👍" }] };
    expect(update({ message_reaction: reaction })).toMatchObject({ type: "reaction", reaction: { emoji: ["👍"] } });
    const member = { chat, date: 5, new_chat_member: { status: "kicked" } };
    expect(update({ my_chat_member: member })).toMatchObject({ membership: { chatId: 11, status: "kicked", at: 5 } });
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

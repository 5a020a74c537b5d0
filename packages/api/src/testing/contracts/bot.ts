import { describe, expect } from "vitest";
import { type Bot, BotError } from "../../telegram/bot.ts";
import { type ContractTest, contractOf } from "./contract.ts";

/** A message of the bot as the chat shows it. */
export interface ShownMessage {
  messageId: number;
  threadId: number | null;
  /** Text or caption. */
  text: string;
  hasPhoto: boolean;
  replyToMessageId: number | null;
}

export interface BotPeer extends Partial<AsyncDisposable> {
  bot: Bot;
  /** A forum the bot may manage. */
  groupId: number;
  /** A person who has written to the bot: user id and chat id are the same. */
  customerId: number;
  /** A person who has blocked the bot. */
  blockedId: number;
  /** Three photos in the bot's media store. */
  photoKeys: [string, string, string];
  /** A file that was sent to the bot. */
  file: { fileId: string; bytes: Uint8Array };
  /** What the bot sent there, oldest first. */
  shown(chatId: number): ShownMessage[];
  /** The customer writes in the private chat. */
  customerWrites(text: string): void;
  deleteTopic(threadId: number): void;
  /** Answers the group's new id. */
  migrateGroup(): number;
  /** Telegram asks to wait this long from now on; 0 ends it. */
  flood(seconds: number): void;
  /** Telegram answers no call. */
  goDown(): void;
}

/** What every bot must do. @param start a fresh peer for each test */
export function describeBot(name: string, start: () => Promise<BotPeer>): void {
  describe(`bot contract: ${name}`, () => {
    const it = contractOf(start);
    describeIdentity(it);
    describeSending(it);
    describePhotos(it);
    describeFiles(it);
    describeEditing(it);
    describePinning(it);
    describeFailures(it);
    describeUpdates(it);
  });
}

/** What a call of a bot fails with. */
export async function failureOf(run: Promise<unknown>): Promise<BotError> {
  const error = await run.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(BotError);
  return error as BotError;
}

function describeIdentity(it: ContractTest<BotPeer>): void {
  it("knows itself and its chats", async ({ peer: { bot, groupId, customerId } }) => {
    expect(await bot.getMe()).toMatchObject({
      id: expect.any(Number),
      username: expect.stringMatching(/bot$/i),
      name: expect.stringMatching(/./),
    });
    const group = { id: groupId, type: "supergroup", isForum: true, title: expect.stringMatching(/./) };
    expect(await bot.getChat(groupId)).toEqual(group);
    const person = { id: customerId, type: "private", isForum: false, title: expect.stringMatching(/./) };
    expect(await bot.getChat(customerId)).toEqual(person);
  });
}

function describeSending(it: ContractTest<BotPeer>): void {
  it("sends text as it is, markup characters and all", async ({ peer: { bot, customerId, shown } }) => {
    const text = "<b>5 < 6 & 7</b> *bold* _it_ [a](https://example.com) `x` 👍🏽 привет";
    const { messageId } = await bot.sendText({ chatId: customerId, text });
    expect(shown(customerId)).toEqual([{ messageId, threadId: null, text, hasPhoto: false, replyToMessageId: null }]);
  });

  it("sends into a topic that it made", async ({ peer: { bot, groupId, shown } }) => {
    const { threadId } = await bot.createTopic(groupId, "Anna 👩");
    const other = await bot.createTopic(groupId, "Anna 👩");
    expect(other.threadId).not.toBe(threadId);
    const { messageId } = await bot.sendText({ chatId: groupId, threadId, text: "hello" });
    expect(shown(groupId).find((message) => message.messageId === messageId)).toMatchObject({
      threadId,
      text: "hello",
    });
  });

  it("writes into the General topic when a message names it", async ({ peer: { bot, groupId, shown } }) => {
    const { messageId } = await bot.sendText({ chatId: groupId, threadId: 1, text: "hello" });
    expect(shown(groupId)).toEqual([expect.objectContaining({ messageId, threadId: null })]);
  });

  it("removes a topic with all that is in it, and says when it is gone", async ({ peer: { bot, groupId, shown } }) => {
    const { threadId } = await bot.createTopic(groupId, "Anna");
    const kept = await bot.createTopic(groupId, "Boris");
    for (const id of [threadId, kept.threadId]) await bot.sendText({ chatId: groupId, threadId: id, text: "hello" });
    await bot.removeTopic(groupId, threadId);
    expect(shown(groupId).map((message) => message.threadId)).toEqual([kept.threadId]);
    expect((await failureOf(bot.removeTopic(groupId, threadId))).failure).toBe("topicMissing");
  });

  it("replies to a message that exists, sends plainly otherwise", async ({ peer: { bot, customerId, shown } }) => {
    const first = await bot.sendText({ chatId: customerId, text: "one" });
    await bot.sendText({ chatId: customerId, text: "two", replyToMessageId: first.messageId });
    await bot.sendText({ chatId: customerId, text: "three", replyToMessageId: 999_999 });
    expect(shown(customerId).map((message) => message.replyToMessageId)).toEqual([null, first.messageId, null]);
  });

  it("sends 4,096 units and refuses more, and nothing", async ({ peer: { bot, customerId, shown } }) => {
    await bot.sendText({ chatId: customerId, text: "я".repeat(4096) });
    expect((await failureOf(bot.sendText({ chatId: customerId, text: "я".repeat(4097) }))).failure).toBe("rejected");
    expect((await failureOf(bot.sendText({ chatId: customerId, text: "" }))).failure).toBe("rejected");
    expect(shown(customerId)).toHaveLength(1);
  });
}

function describePhotos(it: ContractTest<BotPeer>): void {
  it("sends one photo with its caption, as a reply", async ({ peer: { bot, customerId, photoKeys, shown } }) => {
    const { messageId: replyToMessageId } = await bot.sendText({ chatId: customerId, text: "which?" });
    const message = { chatId: customerId, photoKeys: [photoKeys[0]], caption: "<this>", replyToMessageId };
    const { messageIds } = await bot.sendPhotos(message);
    expect(messageIds).toHaveLength(1);
    const photo = { messageId: messageIds[0], threadId: null, text: "<this>", hasPhoto: true, replyToMessageId };
    expect(shown(customerId).at(-1)).toEqual(photo);
  });

  it("sends an album: one id each, in order, a caption on the first", async ({
    peer: { bot, groupId, photoKeys, shown },
  }) => {
    const { threadId } = await bot.createTopic(groupId, "Anna");
    const { messageIds } = await bot.sendPhotos({
      chatId: groupId,
      threadId,
      photoKeys: [...photoKeys],
      caption: "three",
    });
    expect(new Set(messageIds).size).toBe(3);
    const album = shown(groupId).filter((message) => message.hasPhoto);
    expect(album.map((message) => message.messageId)).toEqual(messageIds);
    expect(album.map((message) => message.text)).toEqual(["three", "", ""]);
    expect(album.map((message) => message.threadId)).toEqual([threadId, threadId, threadId]);
  });

  it("refuses no photos, eleven, and one that is not stored", async ({
    peer: { bot, customerId, photoKeys, shown },
  }) => {
    for (const keys of [[], Array(11).fill(photoKeys[0]), ["AAAAAAAAAAAAAAAAAAAAAA.jpg"]]) {
      const error = await failureOf(bot.sendPhotos({ chatId: customerId, photoKeys: keys, caption: "" }));
      expect(error.failure).toBe("rejected");
    }
    expect(shown(customerId)).toHaveLength(0);
  });
}

function describeFiles(it: ContractTest<BotPeer>): void {
  it("sends a stored file as what it is, with its caption, and puts another in its place", async ({ peer }) => {
    const { bot, customerId, photoKeys, shown } = peer;
    const [fileKey, other] = photoKeys;
    const file = { fileKey, name: "order.pdf", durationSeconds: null, caption: "See" };
    const { messageId } = await bot.sendFile({ chatId: customerId }, { ...file, kind: "document" });
    await bot.sendFile({ chatId: customerId }, { ...file, kind: "voice", durationSeconds: 2, caption: "" });
    await bot.editFile(customerId, messageId, { ...file, fileKey: other, kind: "photo", caption: "Right one" });
    expect(shown(customerId).map(({ text }) => text)).toEqual(["Right one", ""]);
  });

  it("copies and forwards what stands in another chat, alone and as an album", async ({ peer }) => {
    const { bot, customerId, groupId, photoKeys, shown } = peer;
    const { threadId } = await bot.createTopic(groupId, "Anna");
    const album = await bot.sendPhotos({ chatId: groupId, threadId, photoKeys, caption: "Three" });
    const copy = { chatId: customerId, fromChatId: groupId, isForward: false };
    const [first] = album.messageIds;
    const one = await bot.copyMessages({ ...copy, messageIds: [first ?? 0] });
    const all = await bot.copyMessages({ ...copy, messageIds: album.messageIds });
    const forwarded = await bot.copyMessages({ ...copy, messageIds: [first ?? 0], isForward: true });
    const ids = [one, all, forwarded].flatMap(({ messageIds }) => messageIds);
    expect(shown(customerId).map(({ messageId }) => messageId)).toEqual(ids);
    expect(new Set(ids).size).toBe(5);
  });

  it("sends a place, moves and stops it, and deletes it", async ({ peer: { bot, customerId, shown } }) => {
    const place = { chatId: customerId, latitude: 1, longitude: 2, livePeriod: 900 };
    const { messageId } = await bot.sendPlace(place);
    await bot.editPlace(customerId, messageId, { latitude: 3, longitude: 4, isOver: false });
    await bot.editPlace(customerId, messageId, { latitude: 3, longitude: 4, isOver: true });
    await bot.deleteMessage(customerId, messageId);
    expect(shown(customerId)).toEqual([]);
    await expect(bot.deleteMessage(customerId, messageId)).rejects.toThrow(/not found/);
  });

  it("renames and opens topics, and knows what it may do", async ({ peer: { bot, groupId } }) => {
    const { threadId } = await bot.createTopic(groupId, "Anna");
    await bot.renameTopic(groupId, threadId, "Boris");
    await bot.reopenTopic(groupId, threadId);
    const rights = { status: "administrator", canManageTopics: true, canPin: true, canDelete: true };
    expect(await bot.getRights(groupId)).toEqual(rights);
  });
}

function describeEditing(it: ContractTest<BotPeer>): void {
  it("edits text and captions", async ({ peer: { bot, customerId, photoKeys, shown } }) => {
    const { messageId } = await bot.sendText({ chatId: customerId, text: "befor" });
    const photos = await bot.sendPhotos({ chatId: customerId, photoKeys: [photoKeys[0]], caption: "" });
    await bot.editText(customerId, messageId, "before & <after>");
    await bot.editCaption(customerId, photos.messageIds[0] ?? 0, "a caption");
    expect(shown(customerId).map((message) => message.text)).toEqual(["before & <after>", "a caption"]);
  });

  it("says when an edit changes nothing, and when there is nothing to edit", async ({ peer: { bot, customerId } }) => {
    const { messageId } = await bot.sendText({ chatId: customerId, text: "same" });
    expect((await failureOf(bot.editText(customerId, messageId, "same"))).failure).toBe("unchanged");
    expect((await failureOf(bot.editText(customerId, 999_999, "x"))).failure).toBe("gone");
    expect((await failureOf(bot.editCaption(customerId, 999_999, "x"))).failure).toBe("gone");
  });
}

function describePinning(it: ContractTest<BotPeer>): void {
  it("pins and unpins a message, and says when there is none", async ({ peer: { bot, groupId } }) => {
    const { messageId } = await bot.sendText({ chatId: groupId, text: "pinned" });
    for (const pin of [bot.pinMessage, bot.pinMessage, bot.unpinMessage]) await pin.call(bot, groupId, messageId);
    const failure = await failureOf(bot.pinMessage(groupId, 999_999));
    expect([failure.failure, failure.message]).toEqual([
      "rejected",
      expect.stringContaining("message to pin not found"),
    ]);
  });
}

function describeFailures(it: ContractTest<BotPeer>): void {
  it("says when the topic is gone", async ({ peer: { bot, groupId, deleteTopic, photoKeys } }) => {
    const { threadId } = await bot.createTopic(groupId, "Anna");
    deleteTopic(threadId);
    const text = bot.sendText({ chatId: groupId, threadId, text: "x" });
    expect((await failureOf(text)).failure).toBe("topicMissing");
    const photos = bot.sendPhotos({ chatId: groupId, threadId, photoKeys: [photoKeys[0]], caption: "" });
    expect((await failureOf(photos)).failure).toBe("topicMissing");
  });

  it("says when the person blocked the bot", async ({ peer: { bot, blockedId } }) => {
    expect((await failureOf(bot.sendText({ chatId: blockedId, text: "x" }))).failure).toBe("forbidden");
  });

  it("names the new id of a group that was migrated", async ({ peer: { bot, groupId, migrateGroup } }) => {
    const migratedToChatId = migrateGroup();
    const error = await failureOf(bot.sendText({ chatId: groupId, text: "x" }));
    expect(error).toMatchObject({ failure: "migrated", migratedToChatId });
    await bot.sendText({ chatId: migratedToChatId, text: "x" });
  });

  it("passes on how long to wait without waiting itself", async ({ peer: { bot, customerId, flood, shown } }) => {
    flood(30);
    const error = await failureOf(bot.sendText({ chatId: customerId, text: "x" }));
    expect(error.failure).toBe("flood");
    expect(error.retryAfterMs).toBeGreaterThan(20_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(30_000);
    flood(0);
    await bot.sendText({ chatId: customerId, text: "y" });
    expect(shown(customerId).map((message) => message.text)).toEqual(["y"]);
  });

  it("says when Telegram is down, whatever was asked", async ({ peer: { bot, customerId, photoKeys, goDown } }) => {
    goDown();
    for (const run of [
      () => bot.getMe(),
      () => bot.sendText({ chatId: customerId, text: "x" }),
      () => bot.sendPhotos({ chatId: customerId, photoKeys: [photoKeys[0]], caption: "" }),
      () => bot.getUpdates(0, 0, new AbortController().signal),
      () => bot.download("any"),
    ]) {
      expect((await failureOf(run())).failure).toBe("down");
    }
  });
}

function describeUpdates(it: ContractTest<BotPeer>): void {
  it("downloads a file that was sent, and refuses one that does not exist", async ({ peer: { bot, file } }) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await bot.download(file.fileId)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(file.bytes)).toBe(true);
    expect((await failureOf(bot.download("no-such-file"))).failure).toBe("rejected");
  });

  it("polls for updates until the next offset confirms them", async ({ peer: { bot, customerWrites } }) => {
    const { signal } = new AbortController();
    await drain(bot);
    customerWrites("one");
    customerWrites("two");
    const updates = await bot.getUpdates(0, 0, signal);
    expect(updates.map((update) => update.message)).toMatchObject([{ text: "one" }, { text: "two" }]);
    expect(await bot.getUpdates(0, 0, signal)).toEqual(updates);
    expect(await bot.getUpdates((updates[0]?.update_id ?? 0) + 1, 0, signal)).toEqual([updates[1]]);
    expect(await bot.getUpdates((updates[1]?.update_id ?? 0) + 1, 0, signal)).toEqual([]);
  });

  it("waits for the next update, and stops waiting when told to", async ({ peer: { bot, customerWrites } }) => {
    await drain(bot);
    const stop = new AbortController();
    const poll = failureOf(bot.getUpdates(0, 40, stop.signal));
    stop.abort();
    expect((await poll).failure).toBe("down");
    const waiting = bot.getUpdates(0, 40, new AbortController().signal);
    customerWrites("hello");
    expect(await waiting).toMatchObject([{ message: { text: "hello" } }]);
  });

  it("takes a webhook, polls no more beside it, and polls again without it", async ({ peer: { bot } }) => {
    const poll = () => bot.getUpdates(0, 0, new AbortController().signal);
    expect((await failureOf(bot.setWebhook("nonsense", "s3cret"))).failure).toBe("rejected");
    await bot.setWebhook("https://pult.invalid/hook", "s3cret");
    expect((await failureOf(poll())).failure).toBe("rejected");
    await bot.deleteWebhook();
    expect(await poll()).toBeInstanceOf(Array);
  });
}

async function drain(bot: Bot): Promise<void> {
  const updates = await bot.getUpdates(0, 0, new AbortController().signal);
  await bot.getUpdates((updates.at(-1)?.update_id ?? 0) + 1, 0, new AbortController().signal);
}

import { InstagramError } from "../instagram/instagram.ts";
import type { PushTarget } from "../push/sender.ts";
import { BotError } from "../telegram/bot.ts";
import { describeBot } from "./contracts/bot.ts";
import { describeInstagram } from "./contracts/instagram.ts";
import { describeMailer } from "./contracts/mailer.ts";
import { describeMediaStore } from "./contracts/media-store.ts";
import { describePushSender } from "./contracts/push-sender.ts";
import { FakeBot } from "./fake-bot.ts";
import { FakeInstagram } from "./fake-instagram.ts";
import { FakeMailer } from "./fake-mailer.ts";
import { FakePushSender } from "./fake-push-sender.ts";
import { MemoryMedia } from "./memory-media.ts";
import { SAMPLE_PHOTOS, streamOf } from "./sample-photos.ts";

describeBot("FakeBot", async () => {
  const media = new MemoryMedia();
  const save = async () => (await media.saveImage(streamOf(SAMPLE_PHOTOS.jpeg), { maxBytes: 10_000 })).key;
  const [groupId, customerId, blockedId] = [-1001, 11, 12];
  const person = { type: "private", title: "Anna", isForum: false } as const;
  const bot = new FakeBot({
    chats: [
      { id: groupId, type: "supergroup", title: "Support", isForum: true },
      { ...person, id: customerId },
      { ...person, id: blockedId, forbidden: true },
    ],
    media,
  });
  bot.files.set("file-1", SAMPLE_PHOTOS.png);
  return {
    bot,
    groupId,
    customerId,
    blockedId,
    photoKeys: [await save(), await save(), await save()],
    file: { fileId: "file-1", bytes: SAMPLE_PHOTOS.png },
    shown: (chatId) =>
      bot.messages
        .filter((message) => message.chatId === chatId)
        .map(({ chatId: _, pinned: __, photoKey, ...shown }) => ({ ...shown, hasPhoto: photoKey !== null })),
    customerWrites: (text) => {
      bot.receive({ message: { text, chat: { id: customerId } } });
    },
    deleteTopic: (threadId) => bot.deleteTopic(groupId, threadId),
    migrateGroup: () => {
      bot.migrate(groupId, -1002);
      return -1002;
    },
    flood: (seconds) => {
      const error = new BotError("flood", "Too Many Requests", { retryAfterMs: seconds * 1000 });
      bot.failAll = seconds === 0 ? null : error;
    },
    goDown: () => {
      bot.failAll = new BotError("down", "Telegram could not be reached");
    },
  };
});

describeMailer("FakeMailer", async () => {
  const mailer = new FakeMailer();
  return {
    mailer,
    received: () => [...mailer.sent],
    refuseAll: (reason) => {
      mailer.failure = reason;
    },
  };
});

describePushSender("FakePushSender", async () => {
  const sender = new FakePushSender();
  const device: PushTarget = { provider: "fcm", token: "device-1" };
  const goneDevice: PushTarget = { provider: "fcm", token: "device-2" };
  sender.markGone(goneDevice);
  return {
    sender,
    device,
    goneDevice,
    received: () => sender.delivered.filter(({ target }) => target === device).map(({ message }) => message),
    answerAll: (providerStatus) => {
      sender.answerAll =
        providerStatus === null ? null : { state: "retry", providerStatus, reason: "busy", retryAfterMs: 1000 };
    },
  };
});

describeMediaStore("MemoryMedia", async () => {
  const media = new MemoryMedia();
  return { media, countFiles: async () => media.files.size };
});

describeInstagram("FakeInstagram", async () => {
  const instagram = new FakeInstagram();
  const [personId, commentId] = ["501", "601"];
  const anna = { name: "Anna", username: "anna" };
  instagram.people.set(personId, anna);
  instagram.comments.add(commentId);
  const file = { url: "https://cdn.example.com/photo.jpg", bytes: SAMPLE_PHOTOS.jpeg };
  instagram.files.set(file.url, file.bytes);
  return {
    instagram,
    token: "first-token",
    account: instagram.account,
    personId,
    commentId,
    file,
    sent: () => instagram.sent,
    replies: () => instagram.replies,
    fillLists: () => {
      const createdAt = "2026-03-10T11:00:00.000Z";
      const from = { id: personId, username: anna.username };
      const messages = [{ id: "m1", createdAt, from, to: instagram.account, text: "Hello" }];
      instagram.conversations = [[], [{ updatedAt: createdAt, messages }]];
      instagram.media = [[], [{ comments: [{ id: commentId, mediaId: "p1", createdAt, from, text: "Nice" }] }]];
      return { messageId: "m1", commentId, mediaId: "p1" };
    },
    limit: (seconds) => {
      const error = new InstagramError("limited", "Application request limit reached", {
        retryAfterMs: seconds * 1_000,
      });
      instagram.failAll = seconds === 0 ? null : error;
    },
    goDown: () => {
      instagram.failAll = new InstagramError("down", "Instagram could not be reached");
    },
  };
});

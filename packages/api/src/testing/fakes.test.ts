import { TelegramFailure } from "../chats/engine/port.ts";
import { InstagramError } from "../instagram/instagram.ts";
import type { PushTarget } from "../push/sender.ts";
import { BotError } from "../telegram/bot.ts";
import { describeBot } from "./contracts/bot.ts";
import { describeInstagram } from "./contracts/instagram.ts";
import { describeMailer } from "./contracts/mailer.ts";
import { describeMediaStore } from "./contracts/media-store.ts";
import { describePushSender } from "./contracts/push-sender.ts";
import { describeTelegramClients } from "./contracts/telegram-clients.ts";
import { FakeBot } from "./fake-bot.ts";
import { FakeInstagram } from "./fake-instagram.ts";
import { FakeMailer } from "./fake-mailer.ts";
import { FakePushSender } from "./fake-push-sender.ts";
import { FakeTelegram } from "./fake-telegram.ts";
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

describeTelegramClients("FakeTelegram", async () => {
  const telegram = new FakeTelegram();
  const friend = telegram.addUser({ firstName: "Boris" });
  const account = telegram.addUser({ phoneNumber: "10000000001", contactIds: new Set([friend.id]) });
  const guarded = telegram.addUser({ phoneNumber: "10000000002", password: "secret" });
  const group = telegram.addGroup({ type: "supergroup", memberIds: [account.id, friend.id] });
  return {
    clients: telegram,
    api: { id: 1, hash: "0".repeat(32) },
    account: { id: account.id, phoneNumber: "10000000001" },
    guarded: { id: guarded.id, phoneNumber: "10000000002", password: "secret" },
    friendId: friend.id,
    supergroupId: group.chatId,
    codeOf: () => "12345",
    scan: (url, userId) => telegram.acceptLogin(url, userId),
    friendWrites: (text, chatId = account.id) => {
      telegram.write(friend.id, chatId, text);
    },
    interrupt: () => telegram.drop(account.id),
    refuseNextSend: (reason) => telegram.failNext("send", failureOfName(reason)),
    loseNextAnswer: () => {
      const failure = new TelegramFailure("down", "TIMEOUT", { mayHaveHappened: true });
      telegram.failNext("send", failure, { after: true });
    },
    holdSends: () => {
      telegram.hold("send");
    },
    revoke: () => telegram.expire(account.id),
  };
});

function failureOfName(reason: string): TelegramFailure {
  const [, seconds] = /_WAIT_(\d+)$/.exec(reason) ?? [];
  if (seconds !== undefined) return new TelegramFailure("flood", reason, { waitSeconds: Number(seconds) });
  return reason === "INTERNAL"
    ? new TelegramFailure("down", reason, { mayHaveHappened: true })
    : new TelegramFailure("refused", reason);
}

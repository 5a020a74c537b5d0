import { BotError } from "../telegram/bot.ts";
import { describeBot } from "./contracts/bot.ts";
import { FakeBot } from "./fake-bot.ts";
import { MemoryMedia } from "./memory-media.ts";
import { SAMPLE_PHOTOS, streamOf } from "./sample-photos.ts";

const GROUP = { id: -1001, type: "supergroup", title: "Support", isForum: true } as const;
const ANNA = { id: 11, type: "private", title: "Anna", isForum: false } as const;
const BORIS = { id: 12, type: "private", title: "Boris", isForum: false, forbidden: true } as const;

describeBot("FakeBot", async () => {
  const media = new MemoryMedia();
  const save = async () => (await media.saveImage(streamOf(SAMPLE_PHOTOS.jpeg), { maxBytes: 10_000 })).key;
  const bot = new FakeBot({ chats: [GROUP, ANNA, BORIS], media });
  bot.files.set("file-1", SAMPLE_PHOTOS.png);
  return {
    bot,
    groupId: GROUP.id,
    customerId: ANNA.id,
    blockedId: BORIS.id,
    photoKeys: [await save(), await save(), await save()],
    file: { fileId: "file-1", bytes: SAMPLE_PHOTOS.png },
    shown: (chatId) =>
      bot.messages
        .filter((message) => message.chatId === chatId)
        .map(({ chatId: _, photoKey, ...shown }) => ({ ...shown, hasPhoto: photoKey !== null })),
    customerWrites: (text) => {
      bot.receive({ message: { text, chat: { id: ANNA.id } } });
    },
    deleteTopic: (threadId) => bot.deleteTopic(GROUP.id, threadId),
    migrateGroup: () => {
      bot.migrate(GROUP.id, -1002);
      return -1002;
    },
    flood: (seconds) => {
      const error = new BotError("flood", "Too Many Requests", { retryAfterMs: seconds * 1000 });
      bot.failAll = seconds === 0 ? null : error;
    },
    goDown: () => {
      bot.failAll = new BotError("down", "Telegram could not be reached");
    },
    [Symbol.asyncDispose]: async () => {},
  };
});

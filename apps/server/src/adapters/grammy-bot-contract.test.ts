import type { BotUpdate } from "@pult/api/telegram/bot.ts";
import { describeBot, type ShownMessage } from "@pult/api/testing/contracts/bot.ts";
import { MemoryMedia } from "@pult/api/testing/memory-media.ts";
import { SAMPLE_PHOTOS, streamOf } from "@pult/api/testing/sample-photos.ts";
import type { SandboxMessage, World } from "@pult/sandbox/control.ts";
import { startSandbox } from "@pult/sandbox/sandbox.ts";
import { createGrammyBot } from "./grammy-bot.ts";

describeBot("grammY over the sandbox", async () => {
  const sandbox = await startSandbox();
  const media = new MemoryMedia();
  const save = async () => (await media.saveImage(streamOf(SAMPLE_PHOTOS.jpeg), { maxBytes: 10_000 })).key;
  const [customer, blocked] = sandbox.world().users.filter((user) => !user.staff);
  if (customer === undefined || blocked === undefined) throw new Error("The sandbox has fewer than two customers");
  const write = (userId: number, text: string) => sandbox.telegram.sendAsUser({ userId, chatId: userId, text });
  write(customer.id, "/start");
  write(blocked.id, "/start");
  sandbox.telegram.block(blocked.id, true);
  const bot = createGrammyBot({ token: sandbox.env.TELEGRAM_BOT_TOKEN, apiRoot: sandbox.env.TELEGRAM_API_ROOT, media });
  const document = { field: "document", name: "order.png", mime: "image/png", bytes: Buffer.from(SAMPLE_PHOTOS.png) };
  sandbox.telegram.sendAsUser({ userId: customer.id, chatId: customer.id, text: "" }, { documents: [document] });
  const updates = await bot.getUpdates(0, 0, new AbortController().signal);
  return {
    bot,
    groupId: Number(sandbox.env.GROUP_CHAT_ID),
    customerId: customer.id,
    blockedId: blocked.id,
    photoKeys: [await save(), await save(), await save()],
    file: { fileId: fileIdOf(updates.at(-1)), bytes: document.bytes },
    shown: (chatId) => shownIn(sandbox.world(), chatId),
    customerWrites: (text) => {
      write(customer.id, text);
    },
    deleteTopic: (threadId) => sandbox.telegram.deleteTopic({ threadId }),
    migrateGroup: () => sandbox.telegram.migrateGroup(),
    flood: (floodWaitSeconds) => {
      sandbox.setFaults({ floodWaitSeconds });
    },
    goDown: () => {
      sandbox.setFaults({ telegramDown: true });
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
});

function fileIdOf(update: BotUpdate | undefined): string {
  const message = update?.message as { document?: { file_id: string } } | undefined;
  if (message?.document === undefined) throw new Error("The last update carries no document");
  return message.document.file_id;
}

function shownIn(world: World, chatId: number): ShownMessage[] {
  const messages = world.privateChats.find((chat) => chat.userId === chatId)?.messages ?? world.group.messages;
  return messages.filter(({ from, service }) => from.bot && !service).map(toShown);
}

function toShown({ messageId, threadId, text, photo, replyToMessageId }: SandboxMessage): ShownMessage {
  return { messageId, threadId, text, hasPhoto: photo !== null, replyToMessageId };
}

import { BotError, type BotFile, type BotTarget } from "@pult/api/telegram/bot.ts";
import { toBotEntities } from "@pult/api/telegram/entities.ts";
import type { Api, InputFile } from "grammy/web";

type GivenFile = BotFile & { input: InputFile | undefined };
type Place = Parameters<Api["sendDocument"]>[2];

/** Sends a file by the method of its kind. */
export async function sendStoredFile(
  api: Api,
  { chatId, place }: Pick<BotTarget, "chatId"> & { place: Place },
  file: GivenFile,
): Promise<{ message_id: number }> {
  const input = requireInput(file);
  const words = { ...place, ...captionOf(file) };
  const { durationSeconds } = file;
  const timed = { ...words, ...(durationSeconds === null ? {} : { duration: durationSeconds }) };
  switch (file.kind) {
    case "photo":
      return api.sendPhoto(chatId, input, words);
    case "video":
      return api.sendVideo(chatId, input, { ...timed, supports_streaming: true });
    case "animation":
      return api.sendAnimation(chatId, input, timed);
    case "audio":
      return api.sendAudio(chatId, input, timed);
    case "voice":
      return api.sendVoice(chatId, input, timed);
    case "videoNote":
      return api.sendVideoNote(chatId, input, {
        ...place,
        ...(durationSeconds === null ? {} : { duration: durationSeconds }),
      });
    case "sticker":
      return api.sendSticker(chatId, input, place);
    case "document":
      return api.sendDocument(chatId, input, words);
  }
}

/** Puts a file in the place of the one that a message shows. */
export async function editStoredFile(
  api: Api,
  { chatId, messageId }: { chatId: number; messageId: number },
  file: GivenFile,
): Promise<void> {
  const media = requireInput(file);
  const { kind } = file;
  if (kind === "voice" || kind === "videoNote" || kind === "sticker")
    throw new BotError("rejected", "Telegram replaces no files of this kind");
  await api.editMessageMedia(chatId, messageId, { type: kind, media, ...captionOf(file) });
}

function requireInput({ input }: GivenFile): InputFile {
  if (!input) throw new BotError("rejected", "No file to send");
  return input;
}

function captionOf({ caption, entities = [] }: BotFile) {
  if (caption === "") return {};
  type Entities = NonNullable<NonNullable<Place>["caption_entities"]>;
  const formatting = toBotEntities(entities) as unknown as Entities;
  return { caption, ...(entities.length > 0 && { caption_entities: formatting }) };
}

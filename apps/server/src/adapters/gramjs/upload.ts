import { randomBytes } from "node:crypto";
import { type OutgoingMedia, TelegramFailure } from "@pult/api/chats/engine/port.ts";
import { Api } from "telegram";
import { readBigIntFromBuffer } from "telegram/Helpers.js";
import { toFailure } from "./failures.ts";
import type { FileLinks } from "./file-links.ts";

type Upload = Extract<OutgoingMedia, { kind: "upload" }>;

/** Bytes. @see https://core.telegram.org/api/files */
const PART_BYTES = 512 * 1024;
const BIG_BYTES = 10 * 1024 * 1024;
/** Parts that are under way at once. */
const WINDOW = 3;

/**
 * Streams a file to Telegram in parts.
 * @throws TelegramFailure; `refused` by `FILE_PARTS_INVALID` when it is not as long as it was said to be
 */
export async function uploadFile(
  file: Upload,
  { files, dataCentre, signal }: { files: FileLinks; dataCentre: number; signal: AbortSignal | undefined },
): Promise<Api.TypeInputFile> {
  const id = readBigIntFromBuffer(randomBytes(8), true, true);
  const isBig = file.sizeBytes > BIG_BYTES;
  const parts = Math.max(1, Math.ceil(file.sizeBytes / PART_BYTES));
  const underWay = new Set<Promise<unknown>>();
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  let filePart = 0;
  try {
    for await (const bytes of partsOf(file.read(), file.sizeBytes)) {
      const place = { fileId: id, filePart, bytes };
      const request = isBig
        ? new Api.upload.SaveBigFilePart({ ...place, fileTotalParts: parts })
        : new Api.upload.SaveFilePart(place);
      const sent: Promise<unknown> = files.call(dataCentre, request, stop).finally(() => underWay.delete(sent));
      // It is looked at below; until then it must not count as unhandled.
      sent.catch(() => {});
      underWay.add(sent);
      filePart += 1;
      if (underWay.size >= WINDOW) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } catch (error) {
    failed.abort();
    // Nothing was sent to a person yet.
    const { kind, reason, waitSeconds } = toFailure(error);
    throw new TelegramFailure(kind, reason, { waitSeconds, cause: error });
  }
  const { fileName: name } = file;
  return isBig ? new Api.InputFileBig({ id, parts, name }) : new Api.InputFile({ id, parts, name, md5Checksum: "" });
}

/** The same bytes in parts of full length, but for the last. */
async function* partsOf(bytes: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncIterable<Buffer> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    held.push(chunk);
    heldBytes += chunk.length;
    while (heldBytes >= PART_BYTES) {
      const whole = Buffer.concat(held);
      yield whole.subarray(0, PART_BYTES);
      held = [whole.subarray(PART_BYTES)];
      heldBytes -= PART_BYTES;
    }
  }
  if (heldBytes > 0 || total === 0) yield Buffer.concat(held);
  if (total !== sizeBytes) throw new TelegramFailure("refused", "FILE_PARTS_INVALID");
}

export function toUploadedMedia(file: Upload, input: Api.TypeInputFile): Api.TypeInputMedia {
  const { spoiler, mimeType, type } = file;
  if (type === "photo") return new Api.InputMediaUploadedPhoto({ file: input, spoiler });
  return new Api.InputMediaUploadedDocument({
    ...{ file: input, spoiler, mimeType, attributes: attributesOf(file) },
    // Telegram shows a document with the type of a picture or video as such otherwise.
    forceFile: type === "document",
    nosoundVideo: type === "animation",
  });
}

function attributesOf({ type, fileName, width, height, durationSeconds }: Upload): Api.TypeDocumentAttribute[] {
  const named = new Api.DocumentAttributeFilename({ fileName });
  const duration = durationSeconds ?? 0;
  const w = width ?? 0;
  const h = height ?? 0;
  switch (type) {
    case "video":
      return [named, new Api.DocumentAttributeVideo({ duration, w, h, supportsStreaming: true })];
    case "animation": {
      const animated = new Api.DocumentAttributeAnimated();
      return [named, animated, new Api.DocumentAttributeVideo({ duration, w, h })];
    }
    case "audio":
    case "voice":
      return [named, new Api.DocumentAttributeAudio({ duration: Math.round(duration), voice: type === "voice" })];
    default:
      return [named];
  }
}

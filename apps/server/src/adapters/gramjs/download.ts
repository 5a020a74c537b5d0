import { TelegramFailure } from "@pult/api/chats/engine/port.ts";
import { Api } from "telegram";
import { isFileReferenceError, migrationOf, toFailure } from "./failures.ts";
import type { FileLinks } from "./file-links.ts";
import { largestOf, thumbnailOf } from "./tl-media.ts";
import { toLong } from "./tl-peers.ts";

/** Bytes. Offsets are multiples of it, so that no part lies across a mebibyte. @see https://core.telegram.org/api/files */
const PART_BYTES = 512 * 1024;
const MAX_REFRESHES = 3;

/** Where a file's bytes are; `dataCentre` is only where to ask first. */
export interface FilePlace {
  location: Api.TypeInputFileLocation;
  dataCentre: number;
}

/** @returns null when the message carries no such file */
export function placeOf(media: Api.TypeMessageMedia | null | undefined, isThumbnail: boolean): FilePlace | null {
  if (media?.className === "MessageMediaPhoto" && media.photo?.className === "Photo") {
    const { id, accessHash, fileReference, sizes, dcId: dataCentre } = media.photo;
    const size = isThumbnail ? thumbnailOf(sizes) : largestOf(sizes);
    if (!size) return null;
    const location = new Api.InputPhotoFileLocation({ id, accessHash, fileReference, thumbSize: size.type });
    return { location, dataCentre };
  }
  if (media?.className !== "MessageMediaDocument" || media.document?.className !== "Document") return null;
  const { id, accessHash, fileReference, thumbs, dcId: dataCentre } = media.document;
  const thumbSize = isThumbnail ? thumbnailOf(thumbs)?.type : "";
  if (thumbSize === undefined) return null;
  return { location: new Api.InputDocumentFileLocation({ id, accessHash, fileReference, thumbSize }), dataCentre };
}

export interface DownloadOptions {
  files: FileLinks;
  /** Asked for at the start, and again when it has gone stale. */
  find(): Promise<FilePlace>;
  start: number;
  signal: AbortSignal | undefined;
}

/** The bytes of a file from `start` on; the next part is under way while one is read. @throws TelegramFailure */
export async function* downloadFile({ files, find, start, signal }: DownloadOptions): AsyncIterable<Uint8Array> {
  const source = new FileSource(files, find);
  const stopped = new AbortController();
  const stop = signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal;
  let offset = start - (start % PART_BYTES);
  let next = source.read(offset, stop);
  try {
    for (;;) {
      const bytes = await next;
      const isLast = bytes.length < PART_BYTES;
      if (!isLast) {
        next = source.read(offset + PART_BYTES, stop);
        next.catch(() => {});
      }
      const skipped = Math.max(0, start - offset);
      if (bytes.length > skipped) yield bytes.subarray(skipped);
      if (isLast) return;
      offset += PART_BYTES;
    }
  } finally {
    stopped.abort();
  }
}

class FileSource {
  readonly #files: FileLinks;
  readonly #find: () => Promise<FilePlace>;
  #place: FilePlace | null = null;
  #refreshes = 0;

  constructor(files: FileLinks, find: () => Promise<FilePlace>) {
    this.#files = files;
    this.#find = find;
  }

  async read(offset: number, signal: AbortSignal): Promise<Buffer> {
    for (;;) {
      this.#place ??= await this.#find();
      const { location, dataCentre } = this.#place;
      const request = new Api.upload.GetFile({ location, offset: toLong(offset), limit: PART_BYTES });
      try {
        const answer = await this.#files.call(dataCentre, request, signal);
        if (answer.className !== "upload.File") throw new TelegramFailure("refused", "CDN_METHOD_INVALID");
        this.#refreshes = 0;
        return answer.bytes;
      } catch (error) {
        this.#follow(error);
      }
    }
  }

  /** @throws TelegramFailure unless another attempt may help */
  #follow(error: unknown): void {
    this.#refreshes += 1;
    if (this.#refreshes > MAX_REFRESHES || !this.#place) throw toFailure(error);
    const dataCentre = migrationOf(error);
    if (dataCentre !== null) this.#place = { ...this.#place, dataCentre };
    else if (isFileReferenceError(error)) this.#place = null;
    else throw toFailure(error);
  }
}

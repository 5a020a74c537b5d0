import { Api } from "telegram/tl/index.js";
import type { MtprotoFiles } from "../files.ts";
import type { Media, MtprotoState, StoredFile } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import { fromPlain, fromPlains } from "./plain.ts";

/** The data centre's number; clients start at it. */
export const DC_ID = 2;
/** Longest side of a photo's smaller size, pixels. */
const MEDIUM_PX = 320;

export class MediaView {
  readonly #files: MtprotoFiles;
  readonly #state: MtprotoState;

  constructor(files: MtprotoFiles, state: MtprotoState) {
    this.#files = files;
    this.#state = state;
  }

  toMedia(media: Media | null): Api.TypeMessageMedia | undefined {
    if (media === null) return undefined;
    if (media.kind === "other") return fromPlain(media.media);
    const file = this.#files.find(media.file);
    const spoiler = media.isSpoiler;
    // A file whose bytes are forgotten is as one that has expired.
    if (file === undefined) return new Api.MessageMediaPhoto({});
    if (file.kind === "photo") return new Api.MessageMediaPhoto({ photo: this.toPhoto(file), spoiler });
    return new Api.MessageMediaDocument({ document: this.#toDocument(file), spoiler });
  }

  toPhoto(file: StoredFile): Api.Photo {
    const { width: w, height: h, size } = file;
    const scale = Math.min(1, MEDIUM_PX / Math.max(w, h, 1));
    const medium = { w: Math.max(1, Math.round(w * scale)), h: Math.max(1, Math.round(h * scale)) };
    return new Api.Photo({
      ...this.#toFacts(file),
      sizes: [new Api.PhotoSize({ type: "m", ...medium, size }), new Api.PhotoSize({ type: "y", w, h, size })],
    });
  }

  /** By a file's `unique`. */
  toPhotoId(unique: string | null) {
    const file = this.#files.find(unique);
    return file && toLong(file.id);
  }

  findPhoto(unique: string | null): Api.Photo | undefined {
    const file = this.#files.find(unique);
    return file && this.toPhoto(file);
  }

  #toDocument(file: StoredFile): Api.Document {
    const thumb = this.#files.find(file.thumb);
    const sizes = thumb && [new Api.PhotoSize({ type: "m", w: thumb.width, h: thumb.height, size: thumb.size })];
    return new Api.Document({
      ...this.#toFacts(file),
      mimeType: file.mime,
      size: toLong(file.size),
      thumbs: sizes,
      attributes: fromPlains(file.attributes),
    });
  }

  #toFacts({ id, date }: StoredFile) {
    const fileReference = makeFileReference(this.#state, id);
    return { id: toLong(id), accessHash: toLong(fileHash(id)), fileReference, date, dcId: DC_ID };
  }
}

/** Names a file together with its id; checked strictly. */
export function fileHash(id: string): bigint {
  return BigInt.asIntN(64, BigInt(id) * 0x9e3779b97f4a7c15n);
}

/** Opaque to clients; the epoch tells expired ones. */
export function makeFileReference({ fileEpoch }: MtprotoState, id: string): Buffer {
  return Buffer.from(`${fileEpoch}/${id}`);
}

/** A file as stored. */
export interface StoredFile {
  /** File name: 22 characters of base64url and an extension that says the kind; never guessable, never chosen by a client. */
  key: string;
  /** By content; `application/octet-stream` where it is no kind that browsers show. */
  contentType: string;
  sizeBytes: number;
  /** File name of the thumbnail (WebP, at most 640 px on the longer side); null where there is none. */
  thumbKey: string | null;
  /** Pixels; null where it is no image. */
  width: number | null;
  height: number | null;
}

/** An image as stored: re-encoded, upright, without metadata, with a thumbnail beside it. */
export interface StoredImage extends StoredFile {
  contentType: "image/jpeg" | "image/png" | "image/webp" | "image/gif";
  thumbKey: string;
  width: number;
  height: number;
}

/** Bytes of a file, first and last included. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface OpenedFile {
  contentType: string;
  sizeBytes: number;
  /** The bytes as they are read, all of them or a range; nothing is opened before the first is asked for. */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** Where files live. None is held whole in memory, on the way in or out. On any failure nothing stays behind. */
export interface MediaStore {
  /**
   * Stores an image, whatever its name or declared type was.
   * @throws DomainError `PAYLOAD_TOO_LARGE` past `maxBytes` or 50 megapixels, `UNSUPPORTED_MEDIA` for anything but JPEG, PNG, WebP, GIF and HEIC,
   * `UNAVAILABLE` when the store is full
   */
  saveImage(source: AsyncIterable<Uint8Array>, limits: { maxBytes: number }): Promise<StoredImage>;
  /**
   * Stores a file of any kind as it arrives.
   * @throws DomainError `PAYLOAD_TOO_LARGE` past `maxBytes`, `UNAVAILABLE` when the store is full
   */
  saveFile(source: AsyncIterable<Uint8Array>, limits: { maxBytes: number }): Promise<StoredFile>;
  /** @returns null when there is no such file, or the key is not one of ours */
  open(key: string): Promise<OpenedFile | null>;
  /** Removes a file with its thumbnail. */
  remove(key: string): Promise<void>;
  /** The names of all that is stored, thumbnails too, in no order. */
  keys(): AsyncIterable<string>;
  /**
   * Puts a file of a backup back under its name, over one of the same name.
   * @throws DomainError `VALIDATION` when the name is not one of ours, `UNAVAILABLE`
   */
  restore(key: string, source: AsyncIterable<Uint8Array>): Promise<void>;
}

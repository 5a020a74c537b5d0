/** A photo as stored: re-encoded, upright, without metadata, with a thumbnail beside it. */
export interface StoredPhoto {
  /** File name of the photo: `[A-Za-z0-9_-]+.(jpg|png|webp|gif)`, never guessable, never chosen by a client. */
  key: string;
  /** File name of the thumbnail (WebP, at most 640 px on the longer side). */
  thumbKey: string;
  contentType: "image/jpeg" | "image/png" | "image/webp" | "image/gif";
  /** Pixels. */
  width: number;
  height: number;
  sizeBytes: number;
}

export interface OpenedMedia {
  contentType: string;
  sizeBytes: number;
  stream: AsyncIterable<Uint8Array>;
}

/** Where photos live. */
export interface MediaStore {
  /**
   * Reads at most 10 MB, decides by content what it is, and stores it; on any failure nothing stays behind.
   * @throws DomainError `PAYLOAD_TOO_LARGE` past 10 MB or 50 megapixels, `UNSUPPORTED_MEDIA` for anything but JPEG, PNG, WebP, GIF and HEIC
   */
  savePhoto(source: AsyncIterable<Uint8Array>): Promise<StoredPhoto>;
  /** @returns null when there is no such file, or the key is not one of ours */
  open(key: string): Promise<OpenedMedia | null>;
  remove(key: string): Promise<void>;
  /** The names of all that is kept, thumbnails too, in no order. */
  keys(): AsyncIterable<string>;
  /**
   * Puts a file of a backup back under its name, over one of the same name.
   * @throws DomainError `VALIDATION` when the name is not one of ours, `UNAVAILABLE`
   */
  restore(key: string, bytes: Uint8Array): Promise<void>;
}

import type { OpenedFile } from "./store.ts";

/** What the content of a file says of it, whatever its name is. */
export interface FileNature {
  /** Without parameters: `text/plain` for text of any kind, `application/octet-stream` for what is not known. */
  mimeType: string;
  /** Whether it is a recording of Opus in an Ogg container: what Telegram plays as a voice message. */
  isOpus: boolean;
  /** Pixels, upright; null where it is no image, or one that cannot be read. */
  width: number | null;
  height: number | null;
  /** Of a recording of Opus; null where it is not known. */
  durationSeconds: number | null;
  /** A smaller picture (WebP, at most 640 px on the longer side); null where there is none. */
  thumbnail: Uint8Array | null;
}

/** Looks at a stored file: only images of at most 10 MB are read whole. Throws nothing for damaged files. */
export type FileInspector = (file: OpenedFile) => Promise<FileNature>;

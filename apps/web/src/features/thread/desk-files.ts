import type { Photo } from "@pult/api/media/schema.ts";
import type { FileAttachment } from "@pult/api/support/content.ts";
import { isPhoto, MAX_PHOTO_BYTES, type Rule } from "./limits.ts";
import { type UploadOptions, uploadFile, uploadPhoto } from "./upload.ts";

/** What a bot may send. */
export const DESK_FILES: Rule = { accepts: () => true, maxBytes: 50 * 1024 * 1024 };

/** A photo, or a file of any other kind as it is. */
export type UploadedFile = Photo | FileAttachment;
export const isUploadedPhoto = (file: UploadedFile): file is Photo => !("kind" in file);

/** A file of an answer: what is a photo goes as one. @throws as `uploadFile` */
export const uploadDeskFile = (file: Blob, options: UploadOptions): Promise<UploadedFile> =>
  isPhoto({ name: options.name, type: file.type, size: file.size }) && file.size <= MAX_PHOTO_BYTES
    ? uploadPhoto(file, options)
    : uploadFile(file, { path: "/api/media", field: "file", ...options });

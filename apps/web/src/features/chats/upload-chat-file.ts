import type { Media } from "@pult/api/chats/schema.ts";
import { type UploadOptions, uploadFile } from "../thread/upload.ts";

/** A file to be sent in a chat of a linked account. @throws as `uploadFile` */
export const uploadChatFile = (file: Blob, options: UploadOptions): Promise<Media> =>
  uploadFile(file, { path: "/api/chats/media", field: "file", ...options });

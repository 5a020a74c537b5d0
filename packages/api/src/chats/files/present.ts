import type { telegramFiles } from "@pult/db/schema/chats.ts";
import type { Deps } from "../../context.ts";
import { MEDIA_STATES, type Media } from "../schema.ts";
import { mediaPath, signMedia } from "../store/present.ts";

export type FileRow = typeof telegramFiles.$inferSelect;

/** An upload, with addresses that an image element can load. */
export function presentUpload(deps: Pick<Deps, "mediaLinks">, row: FileRow): Media {
  return signMedia(deps, {
    id: row.id,
    type: row.type as Media["type"],
    fileName: row.fileName,
    mimeType: row.mimeType,
    sizeBytes: row.sizeBytes,
    width: row.width,
    height: row.height,
    durationSeconds: row.durationSeconds,
    url: mediaPath(row.id),
    thumbUrl: row.thumbKey === null ? null : `${mediaPath(row.id)}/thumbnail`,
    state: MEDIA_STATES.find((state) => state === row.state) ?? "failed",
    expiresAt: row.expiresAt?.toISOString() ?? null,
  });
}

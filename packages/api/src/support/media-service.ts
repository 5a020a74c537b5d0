import { randomBytes } from "node:crypto";
import { photos } from "@pult/db/schema/support.ts";
import { and, inArray, isNull, lt } from "drizzle-orm";
import type { Context, Deps } from "../context.ts";
import { uploaderOf } from "./customer.ts";
import type { Photo } from "./schema.ts";
import { presentPhoto } from "./stored.ts";

/**
 * Stores an uploaded photo, to be attached to a message by its id within a day.
 * @throws DomainError `UNAUTHORIZED`, `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA`
 */
export async function uploadPhoto(ctx: Context, source: AsyncIterable<Uint8Array>): Promise<Photo> {
  const ownerRef = uploaderOf(ctx.actor);
  const stored = await ctx.media.savePhoto(source);
  const row = {
    id: randomBytes(12).toString("base64url"),
    fileKey: stored.key,
    thumbKey: stored.thumbKey,
    contentType: stored.contentType,
    width: stored.width,
    height: stored.height,
    sizeBytes: stored.sizeBytes,
  };
  await ctx.db.insert(photos).values({ ...row, ownerRef, createdAt: ctx.now() });
  return presentPhoto(row, ctx.mediaLinks);
}

const UNATTACHED_MS = 24 * 60 * 60_000;

type MediaDeps = Pick<Deps, "db" | "media">;

/** Removes uploads that no message has taken; those that one has stay. */
export async function removeUploads({ db, media }: MediaDeps, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const gone = await db
    .delete(photos)
    .where(and(isNull(photos.messageId), inArray(photos.id, [...ids])))
    .returning();
  for (const row of gone) await Promise.all([media.remove(row.fileKey), media.remove(row.thumbKey)]);
}

/** Removes photos that were uploaded and never sent. */
export async function removeUnattached(deps: MediaDeps & Pick<Deps, "now">): Promise<void> {
  const before = new Date(deps.now().getTime() - UNATTACHED_MS);
  const rows = await deps.db
    .select({ id: photos.id })
    .from(photos)
    .where(and(isNull(photos.messageId), lt(photos.createdAt, before)))
    .limit(500);
  await removeUploads(
    deps,
    rows.map((row) => row.id),
  );
}

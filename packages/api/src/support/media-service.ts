import { randomBytes } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { photos } from "@pult/db/schema/support.ts";
import { and, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import type { Context, Deps } from "../context.ts";
import { uploaderOf } from "./customer.ts";
import { MAX_PHOTO_BYTES, type Photo } from "./schema.ts";
import { presentPhoto } from "./stored.ts";

/**
 * Stores an uploaded photo, to be attached to a message by its id within a day.
 * @throws DomainError `UNAUTHORIZED`, `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA`
 */
export async function uploadPhoto(ctx: Context, source: AsyncIterable<Uint8Array>): Promise<Photo> {
  const ownerRef = uploaderOf(ctx.actor);
  const stored = await ctx.media.saveImage(source, { maxBytes: MAX_PHOTO_BYTES });
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

/** Whom photos belong to that nobody may keep: sweeping takes them however new they are, should the one who let go of them not get to it. */
const LET_GO = "erased";

/** Lets go of the photos of messages. `removeDetached` after the commit. @returns how many */
export async function detachPhotosOf(tx: Transaction, messageIds: readonly number[]): Promise<number> {
  const rows = rowsOf(
    await tx.execute(sql`
      update photos set message_id = null, position = 0, owner_ref = ${LET_GO}
      where message_id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(messageIds)}::jsonb) x) returning id`),
  );
  return rows.length;
}

/** Lets go of what somebody uploaded and no message has. @returns how many */
export async function detachUploadsOf(tx: Transaction, owners: readonly string[]): Promise<number> {
  if (owners.length === 0) return 0;
  const rows = await tx
    .update(photos)
    .set({ ownerRef: LET_GO })
    .where(and(isNull(photos.messageId), inArray(photos.ownerRef, [...owners])))
    .returning({ id: photos.id });
  return rows.length;
}

/** Removes what was let go of: the files first, so that none is left that no row names. */
export async function removeDetached({ db, media }: MediaDeps): Promise<void> {
  const rows = await db
    .select()
    .from(photos)
    .where(and(isNull(photos.messageId), eq(photos.ownerRef, LET_GO)));
  for (const row of rows) {
    await Promise.all([media.remove(row.fileKey), media.remove(row.thumbKey)]);
    await db.delete(photos).where(eq(photos.id, row.id));
  }
}

/** Removes photos that were uploaded and never sent. */
export async function removeUnattached(deps: MediaDeps & Pick<Deps, "now">): Promise<void> {
  await removeDetached(deps);
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

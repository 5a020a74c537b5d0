import type { Database, Transaction } from "@pult/db/database.ts";
import type { Context } from "../context.ts";
import type { DomainError } from "../errors.ts";
import { claimFiles, lockUnclaimed, type MediaFile, selectFiles, uploadImage } from "../media/files.ts";
import type { Photo } from "../media/schema.ts";
import { uploaderOf } from "./customer.ts";
import { supportError } from "./errors.ts";
import { MAX_PHOTO_BYTES } from "./schema.ts";
import { presentPhoto, type StoredMessage, type StoredPhotoRow } from "./stored.ts";
import { messageSubject } from "./subjects.ts";
import type { MessageWrite } from "./write.ts";

/**
 * Stores an uploaded photo, to be attached to a message by its id within a day.
 * @throws DomainError `UNAUTHORIZED`, `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA`
 */
export async function uploadPhoto(ctx: Context, source: AsyncIterable<Uint8Array>): Promise<Photo> {
  const owner = uploaderOf(ctx.actor);
  const photo = photoOf(await uploadImage(ctx, { source, owner, maxBytes: MAX_PHOTO_BYTES }));
  if (!photo) throw new Error("An image was stored without its size");
  return presentPhoto(photo, ctx.mediaLinks);
}

/** @returns null for a file that is no photo */
function photoOf({ id, fileKey, thumbKey, contentType, width, height, sizeBytes }: MediaFile): StoredPhotoRow | null {
  if (thumbKey === null || width === null || height === null) return null;
  return { id, fileKey, thumbKey, contentType, width, height, sizeBytes };
}

export interface ClaimedPhotos {
  photos: StoredPhotoRow[];
  error: DomainError | null;
}

/** The uploaded photos each write names: unattached, its uploader's own, and each for one message only. */
export async function claimPhotos(tx: Transaction, writes: readonly MessageWrite[]): Promise<ClaimedPhotos[]> {
  const free = await lockUnclaimed(tx, [...new Set(writes.flatMap((write) => write.photoIds))]);
  return writes.map((write) => claim(write, free));
}

function claim(write: MessageWrite, free: Map<string, MediaFile>): ClaimedPhotos {
  const photos: StoredPhotoRow[] = [];
  for (const id of write.photoIds) {
    const file = free.get(id);
    const photo = file?.owner === write.ownerRef ? photoOf(file) : null;
    if (!photo || photos.some((one) => one.id === id)) {
      return {
        photos: [],
        error: supportError("photoNotFound", { id }),
      };
    }
    photos.push(photo);
  }
  for (const { id } of photos) free.delete(id);
  return { photos, error: null };
}

/** Ties claimed photos to their messages, in order. */
export async function attachPhotos(tx: Transaction, messages: readonly StoredMessage[]): Promise<void> {
  const claims = messages.flatMap(({ id, photos }) =>
    photos.map((photo, position) => ({ fileId: photo.id, subject: messageSubject(id), position })),
  );
  await claimFiles(tx, claims);
}

/** The photos of messages, in order, by message id. */
export async function selectPhotos(
  db: Database | Transaction,
  messageIds: readonly number[],
): Promise<Map<number, StoredPhotoRow[]>> {
  const bySubject = await selectFiles(db, messageIds.map(messageSubject));
  return new Map(
    messageIds.map((id) => [id, (bySubject.get(messageSubject(id)) ?? []).flatMap((file) => photoOf(file) ?? [])]),
  );
}

import type { Database, Transaction } from "@pult/db/database.ts";
import type { Context } from "../context.ts";
import type { DomainError } from "../errors.ts";
import { claimFiles, lockUnclaimed, type MediaFile, selectFiles, uploadImage } from "../media/files.ts";
import type { Photo } from "../media/schema.ts";
import { attachmentOf, isFile, type StoredAttachment } from "./content.ts";
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
export function photoOf(file: MediaFile): StoredPhotoRow | null {
  const { id, fileKey, thumbKey, contentType, width, height, sizeBytes } = file;
  if (file.kind !== null || thumbKey === null || width === null || height === null) return null;
  return { id, fileKey, thumbKey, contentType, width, height, sizeBytes };
}

export interface ClaimedPhotos {
  photos: StoredPhotoRow[];
  /** Files of other kinds among them. */
  attachments: StoredAttachment[];
  error: DomainError | null;
}

/** The uploaded photos each write names: unattached, its uploader's own, and each for one message only. */
export async function claimPhotos(tx: Transaction, writes: readonly MessageWrite[]): Promise<ClaimedPhotos[]> {
  const free = await lockUnclaimed(tx, [...new Set(writes.flatMap((write) => write.photoIds))]);
  return writes.map((write) => claim(write, free));
}

function claim(write: MessageWrite, free: Map<string, MediaFile>): ClaimedPhotos {
  const photos: StoredPhotoRow[] = [];
  const attachments: StoredAttachment[] = [];
  for (const [at, id] of write.photoIds.entries()) {
    const file = free.get(id);
    if (file?.owner !== write.ownerRef || write.photoIds.indexOf(id) !== at)
      return { photos: [], attachments: [], error: supportError("photoNotFound", { id }) };
    const photo = photoOf(file);
    if (photo) photos.push(photo);
    // One that was fetched is described already.
    else if (!write.attachments.some((one) => isFile(one) && one.id === id)) attachments.push(attachmentOf(file));
  }
  for (const id of write.photoIds) free.delete(id);
  return { photos, attachments, error: null };
}

/** Ties claimed files to their messages, photos first, in order. */
export async function attachPhotos(tx: Transaction, messages: readonly StoredMessage[]): Promise<void> {
  const claims = messages.flatMap(({ id, photos, attachments = [] }) =>
    [...photos, ...attachments.filter(isFile)].map((file, position) => ({
      fileId: file.id,
      subject: messageSubject(id),
      position,
    })),
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

import type { Transaction } from "@pult/db/database.ts";
import { lockUnclaimed, releaseFile } from "../media/files.ts";
import { isFile, type StoredAttachment, type StoredFileAttachment } from "./content.ts";
import { attachPhotos, photoOf } from "./photos.ts";
import type { ReplacedFile } from "./plan-edits.ts";
import type { StoredMessage, StoredPhotoRow } from "./stored.ts";

/** Another file in the place of one of a message's. */
export interface FileEdit {
  /** Which of the Telegram messages that it came as. */
  part: number;
  /** What Telegram knows the new file by. */
  source: string;
  /** A stored photo, or what else was fetched. */
  fetched: { photoId: string } | { attachment: StoredAttachment };
}

type Given = { message: StoredMessage; sources: readonly string[] };

/** Puts a file in the place of the one that a part shows. @returns null where that one is not known any more */
export async function replaceFile(
  tx: Transaction,
  { message, sources }: Given,
  { part, source, fetched }: FileEdit,
): Promise<{ message: StoredMessage; replaced: ReplacedFile; sources: string[] } | null> {
  const { photos, attachments = [] } = message;
  const file = await fetchedFile(tx, fetched);
  if (!file) return null;
  const at = placeOfPart({ photos, attachments, part });
  if (!at) return null;
  const old = at.list === "photos" ? photos[at.index] : attachments[at.index];
  if (old && "id" in old) await releaseFile(tx, old.id);
  const shown = put({ photos, attachments }, at, file);
  const changed = { ...message, ...shown };
  await attachPhotos(tx, [changed]);
  const replaced = file.photo
    ? { kind: "photo" as const, fileKey: file.photo.fileKey, name: null, durationSeconds: null }
    : replacementOf(file.attachment);
  if (!replaced) return null;
  return { message: changed, replaced: { part, ...replaced }, sources: sources.with(part, source) };
}

/** Puts a file in the place where it was missing. @returns null where nothing is missing */
export async function fillMissing(
  tx: Transaction,
  message: StoredMessage,
  { id, by }: { id: string; by: FileEdit["fetched"] },
): Promise<StoredMessage | null> {
  const { photos, attachments = [], ...rest } = message;
  const index = attachments.findIndex((one) => isFile(one) && one.id === id && one.fileKey === null);
  const file = index < 0 ? null : await fetchedFile(tx, by);
  if (!file) return null;
  const filled = put({ photos, attachments }, { list: "attachments", index }, file);
  const changed = {
    ...rest,
    photos: filled.photos,
    ...(filled.attachments.length > 0 && { attachments: filled.attachments }),
  };
  await attachPhotos(tx, [changed]);
  return changed;
}

type NewFile = { photo: StoredPhotoRow; attachment?: never } | { photo?: never; attachment: StoredFileAttachment };

async function fetchedFile(tx: Transaction, fetched: FileEdit["fetched"]): Promise<NewFile | null> {
  if ("attachment" in fetched) return isFile(fetched.attachment) ? { attachment: fetched.attachment } : null;
  const row = (await lockUnclaimed(tx, [fetched.photoId])).get(fetched.photoId);
  const photo = row && photoOf(row);
  return photo ? { photo } : null;
}

type Files = { photos: StoredPhotoRow[]; attachments: StoredAttachment[] };
type Place = { list: keyof Files; index: number };

/** Photos stand before other files; which part became what is known where a message has one kind of them. */
function placeOfPart({ photos, attachments, part }: Files & { part: number }): Place | null {
  if (attachments.length === 0) return part < photos.length ? { list: "photos", index: part } : null;
  if (photos.length === 0) return part < attachments.length ? { list: "attachments", index: part } : null;
  return null;
}

function put({ photos, attachments }: Files, { list, index }: Place, { photo, attachment }: NewFile): Files {
  if (list === "photos")
    return photo
      ? { photos: photos.with(index, photo), attachments }
      : { photos: photos.toSpliced(index, 1), attachments: [...attachments, attachment] };
  return photo
    ? { photos: [...photos, photo], attachments: attachments.toSpliced(index, 1) }
    : { photos, attachments: attachments.with(index, attachment) };
}

const replacementOf = ({ kind, fileKey, name, durationSeconds }: StoredFileAttachment) =>
  fileKey === null ? null : { kind, fileKey, name, durationSeconds };

import { randomBytes } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { mediaFiles } from "@pult/db/schema/media.ts";
import { and, asc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import type { FileNature } from "./inspector.ts";
import type { StoredFile } from "./store.ts";

/** A stored file, and what has claimed it. */
export type MediaFile = typeof mediaFiles.$inferSelect;

export interface Upload {
  source: AsyncIterable<Uint8Array>;
  /** Who may have it claimed, such as `agent:<id>`. */
  owner: string;
  maxBytes: number;
}

type MediaDeps = Pick<Deps, "db" | "media">;
type Reader = Database | Transaction;

/**
 * Stores an uploaded image, re-encoded and with a thumbnail, to be claimed by its id within a day.
 * @throws DomainError as `MediaStore.saveImage`
 */
export async function uploadImage(deps: MediaDeps & Pick<Deps, "now">, upload: Upload): Promise<MediaFile> {
  return insertFile(deps, upload, await deps.media.saveImage(upload.source, upload));
}

/** As what a file of any kind is kept. */
export type FileLabel = Pick<MediaFile, "kind" | "fileName" | "durationSeconds">;

const NO_LABEL: FileLabel = { kind: null, fileName: null, durationSeconds: null };

/**
 * Stores an uploaded file of any kind as it arrives, to be claimed by its id within a day.
 * @param labelOf as what it is kept, by its content
 * @throws DomainError as `MediaStore.saveFile`
 */
export async function uploadFile(
  deps: MediaDeps & Pick<Deps, "now" | "inspectFile">,
  upload: Upload,
  labelOf: (nature: FileNature) => FileLabel = () => NO_LABEL,
): Promise<MediaFile> {
  const stored = await deps.media.saveFile(upload.source, upload);
  const keys = [stored.key];
  try {
    const file = await deps.media.open(stored.key);
    if (!file) throw new Error("A file that was just stored is gone");
    const nature = await deps.inspectFile(file);
    const { thumbnail, width, height, mimeType: contentType } = nature;
    const thumb = thumbnail && (await deps.media.saveFile(once(thumbnail), { maxBytes: thumbnail.length }));
    if (thumb) keys.push(thumb.key);
    const described = { ...stored, contentType, width, height, thumbKey: thumb?.key ?? null };
    return await insertFile(deps, upload, { ...described, label: labelOf(nature) });
  } catch (error) {
    for (const key of keys) await deps.media.remove(key);
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function insertFile(
  { db, now }: Pick<Deps, "db" | "now">,
  { owner }: Upload,
  { key: fileKey, label = NO_LABEL, ...stored }: StoredFile & { label?: FileLabel },
): Promise<MediaFile> {
  const id = randomBytes(12).toString("base64url");
  const row: MediaFile = { id, fileKey, ...stored, ...label, owner, claimedBy: null, position: 0, createdAt: now() };
  await db.insert(mediaFiles).values(row);
  return row;
}

/** The files with these ids that nothing has claimed, by id; locked until the transaction ends. */
export async function lockUnclaimed(tx: Transaction, ids: readonly string[]): Promise<Map<string, MediaFile>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(mediaFiles)
    .where(and(isNull(mediaFiles.claimedBy), sql`${mediaFiles.id} in ${textsIn(ids)}`))
    .orderBy(asc(mediaFiles.id))
    .for("update");
  return new Map(rows.map((row) => [row.id, row]));
}

/** A file for a subject (`<slice>.<thing>:<id>`). */
export interface Claim {
  fileId: string;
  subject: string;
  /** Among the files of the subject. */
  position: number;
}

/** Ties files that the transaction has locked to what shows them. */
export async function claimFiles(tx: Transaction, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return;
  await tx.execute(sql`
    update media_files set claimed_by = x.subject, position = x.position
    from jsonb_to_recordset(${JSON.stringify(claims)}::jsonb) as x("fileId" text, subject text, position int)
    where media_files.id = x."fileId"`);
}

/** The files of each subject, in order; subjects without files are left out. */
export async function selectFiles(db: Reader, subjects: readonly string[]): Promise<Map<string, MediaFile[]>> {
  const rows = await db
    .select()
    .from(mediaFiles)
    .where(sql`${mediaFiles.claimedBy} in ${textsIn(subjects)}`)
    .orderBy(asc(mediaFiles.claimedBy), asc(mediaFiles.position));
  return Map.groupBy(rows, (row) => row.claimedBy ?? "");
}

/** What these owners uploaded and nothing has claimed. */
export async function selectUploads(db: Reader, owners: readonly string[]): Promise<MediaFile[]> {
  return db
    .select()
    .from(mediaFiles)
    .where(and(isNull(mediaFiles.claimedBy), sql`${mediaFiles.owner} in ${textsIn(owners)}`))
    .orderBy(asc(mediaFiles.createdAt), asc(mediaFiles.id));
}

/** Lets go of the files of subjects; `removeReleased` after the commit removes them, or the next sweep. @returns how many */
export const releaseFiles = (tx: Transaction, subjects: readonly string[]): Promise<number> =>
  release(tx, sql`claimed_by in ${textsIn(subjects)}`);

/** Lets go of one file. */
export const releaseFile = (tx: Transaction, id: string): Promise<number> => release(tx, sql`id = ${id}`);

/** Lets go of what these owners uploaded and nothing has claimed. @returns how many */
export const releaseUploads = (tx: Transaction, owners: readonly string[]): Promise<number> =>
  release(tx, sql`claimed_by is null and owner in ${textsIn(owners)}`);

async function release(tx: Transaction, condition: SQL): Promise<number> {
  const rows = rowsOf(
    await tx.execute(
      sql`update media_files set claimed_by = null, position = 0, owner = null where ${condition} returning id`,
    ),
  );
  return rows.length;
}

/** Removes these uploads unless something has claimed them. */
export async function removeUploads({ db, media }: MediaDeps, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const gone = await db
    .delete(mediaFiles)
    .where(and(isNull(mediaFiles.claimedBy), inArray(mediaFiles.id, [...ids])))
    .returning({ fileKey: mediaFiles.fileKey, thumbKey: mediaFiles.thumbKey });
  for (const file of gone) await removeKeys(media, file);
}

/** A file with its thumbnail, which stands under a name of its own unless it is an image's. */
async function removeKeys(media: Deps["media"], { fileKey, thumbKey }: Pick<MediaFile, "fileKey" | "thumbKey">) {
  if (thumbKey !== null) await media.remove(thumbKey);
  await media.remove(fileKey);
}

/** Removes what was released: the files first, so that none is left that no row names. */
export async function removeReleased({ db, media }: MediaDeps): Promise<void> {
  const rows = await db
    .select({ id: mediaFiles.id, fileKey: mediaFiles.fileKey, thumbKey: mediaFiles.thumbKey })
    .from(mediaFiles)
    .where(and(isNull(mediaFiles.claimedBy), isNull(mediaFiles.owner)));
  for (const { id, ...keys } of rows) {
    await removeKeys(media, keys);
    await db.delete(mediaFiles).where(eq(mediaFiles.id, id));
  }
}

const UNCLAIMED_MS = 24 * 60 * 60_000;

/** Removes what was released, and uploads that nothing has claimed for a day. */
export async function sweepFiles(deps: MediaDeps & Pick<Deps, "now">): Promise<void> {
  await removeReleased(deps);
  const before = new Date(deps.now().getTime() - UNCLAIMED_MS);
  const rows = await deps.db
    .select({ id: mediaFiles.id })
    .from(mediaFiles)
    .where(and(isNull(mediaFiles.claimedBy), lt(mediaFiles.createdAt, before)))
    .limit(500);
  await removeUploads(
    deps,
    rows.map(({ id }) => id),
  );
}

/** The names of all files that rows speak of, thumbnails too. */
export async function storedFileKeys(db: Reader): Promise<string[]> {
  const rows = await db.select({ fileKey: mediaFiles.fileKey, thumbKey: mediaFiles.thumbKey }).from(mediaFiles);
  return rows.flatMap(({ fileKey, thumbKey }) => (thumbKey === null ? [fileKey] : [fileKey, thumbKey]));
}

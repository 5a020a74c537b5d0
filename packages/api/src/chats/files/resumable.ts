import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramFiles } from "@pult/db/schema/chats.ts";
import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { fileNameOf } from "../../media/file-name.ts";
import { removeFiles } from "../accounts/unlink.ts";
import { chatsError } from "../errors.ts";
import { uploaderOf } from "../sends/media.ts";
import type { FileRow } from "./present.ts";
import { checkSize, describeReceived, expiryOf, newFileId, receiveFile, removeReceived } from "./upload.ts";

/** Bytes that are stored at a time: what a crash costs at most. */
export const PARTS = { maxBytes: 16 * 1024 * 1024 };

/** An upload in pieces. Each is a file of the media store with a row `<upload id>:<offset>`, so that any node goes on with it. */
export interface Resumable {
  id: string;
  /** Bytes that are here. */
  offset: number;
  sizeBytes: number;
}

type Upload = Pick<FileRow, "id" | "expiresAt">;

interface Part {
  id: string;
  fileKey: string;
  sizeBytes: number;
}

/** Begins an upload of this size. @throws DomainError `PAYLOAD_TOO_LARGE`, `VALIDATION` for nothing */
export async function createResumable(
  ctx: Context,
  { sizeBytes, fileName }: { sizeBytes: number; fileName: string | null },
): Promise<Resumable> {
  checkSize(sizeBytes);
  if (sizeBytes === 0) throw chatsError("fileRequired");
  const id = newFileId();
  await ctx.db.insert(telegramFiles).values({
    ...{ id, sizeBytes, owner: uploaderOf(ctx), type: "document", fileName: fileNameOf(fileName), state: "processing" },
    expiresAt: expiryOf(ctx),
    createdAt: ctx.now(),
  });
  return { id, offset: 0, sizeBytes };
}

/** How far an upload is; one that is whole is made usable. @throws DomainError `NOT_FOUND` */
export async function findResumable(ctx: Context, id: string): Promise<Resumable> {
  const row = await requireRow(ctx, id);
  const sizeBytes = row.sizeBytes ?? 0;
  if (row.fileKey !== null) return { id, offset: sizeBytes, sizeBytes };
  const parts = await selectParts(ctx.db, row);
  const offset = sizeOf(parts);
  if (offset === sizeBytes) await complete(ctx, row, parts);
  return { id, offset, sizeBytes };
}

/**
 * Stores what follows at `offset`. Where the source breaks off, what has come of it is kept.
 * @throws DomainError `NOT_FOUND`, `CONFLICT` where the upload is elsewhere, `PAYLOAD_TOO_LARGE` past its size; what the source throws
 */
export async function appendToResumable(
  ctx: Context,
  { id, offset, source }: { id: string; offset: number; source: AsyncIterable<Uint8Array> },
): Promise<Resumable> {
  const found = await findResumable(ctx, id);
  if (offset !== found.offset) throw chatsError("uploadElsewhere", { offset: found.offset });
  const row = await requireRow(ctx, id);
  const stream = new Pieces(source);
  let at = offset;
  while (at < found.sizeBytes && !stream.isOver)
    at += await storePart(ctx, row, { at, source: stream.take(Math.min(PARTS.maxBytes, found.sizeBytes - at)) });
  if (stream.failure) throw stream.failure;
  if (at === found.sizeBytes && (await stream.hasMore()))
    throw chatsError("fileTooLarge", { maximum: found.sizeBytes });
  return at === offset ? found : findResumable(ctx, id);
}

/** @throws DomainError `NOT_FOUND` */
export async function removeResumable(ctx: Context, id: string): Promise<void> {
  const row = await requireRow(ctx, id);
  const parts = await selectParts(ctx.db, row);
  await removeRows(ctx, [id, ...parts.map((part) => part.id)]);
}

async function requireRow(ctx: Context, id: string): Promise<FileRow> {
  const [row] = await ctx.db
    .select()
    .from(telegramFiles)
    .where(
      and(
        eq(telegramFiles.id, id),
        eq(telegramFiles.owner, uploaderOf(ctx)),
        or(isNull(telegramFiles.expiresAt), gt(telegramFiles.expiresAt, ctx.now())),
      ),
    );
  if (!row) throw chatsError("mediaNotFound");
  return row;
}

/** In their order. They end with their upload, by which the index finds them. */
async function selectParts(db: Database, { id, expiresAt }: Upload): Promise<Part[]> {
  return rowsOf<Part>(
    await db.execute(sql`
      select id, file_key as "fileKey", size_bytes::int as "sizeBytes" from telegram_files
      where expires_at = ${expiresAt?.toISOString() ?? null}::timestamptz and starts_with(id, ${`${id}:`})
      order by split_part(id, ':', 2)::bigint`),
  );
}

const sizeOf = (parts: readonly Part[]): number => parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** @returns bytes that were stored */
async function storePart(
  ctx: Context,
  { id, expiresAt }: Upload,
  { at, source }: { at: number; source: AsyncIterable<Uint8Array> },
): Promise<number> {
  const { key: fileKey, sizeBytes } = await ctx.media.saveFile(source, { maxBytes: PARTS.maxBytes });
  if (sizeBytes === 0) {
    await removeFiles(ctx, [fileKey]);
    return 0;
  }
  const stored = await ctx.db
    .insert(telegramFiles)
    .values({
      ...{ id: `${id}:${at}`, type: "document", state: "processing", fileKey, sizeBytes, expiresAt },
      createdAt: ctx.now(),
    })
    .onConflictDoNothing()
    .returning({ id: telegramFiles.id });
  if (stored.length > 0) return sizeBytes;
  // Another request was faster.
  await removeFiles(ctx, [fileKey]);
  throw chatsError("uploadElsewhere", { offset: sizeOf(await selectParts(ctx.db, { id, expiresAt })) });
}

/** Makes one file of the parts. */
async function complete(ctx: Context, row: FileRow, parts: readonly Part[]): Promise<void> {
  const found = await describeReceived(ctx, await receiveFile(ctx, readParts(ctx, parts)), null);
  const done = await ctx.db
    .update(telegramFiles)
    .set(found)
    .where(and(eq(telegramFiles.id, row.id), isNull(telegramFiles.fileKey)))
    .returning({ id: telegramFiles.id });
  if (done.length === 0) await removeReceived(ctx, found);
  await removeRows(
    ctx,
    parts.map(({ id }) => id),
  );
}

async function* readParts({ media }: Context, parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const { fileKey } of parts) {
    const file = await media.open(fileKey);
    // Another request has completed it meanwhile.
    if (!file) throw requestError("unavailable");
    yield* file.read();
  }
}

async function removeRows(ctx: Context, ids: readonly string[]): Promise<void> {
  const gone = await ctx.db
    .delete(telegramFiles)
    .where(inArray(telegramFiles.id, [...ids]))
    .returning({ fileKey: telegramFiles.fileKey, thumbKey: telegramFiles.thumbKey });
  await removeFiles(
    ctx,
    gone.flatMap(({ fileKey, thumbKey }) => [fileKey, thumbKey]).filter((key) => key !== null),
  );
}

/** A stream in pieces of a size. One that breaks off ends the last piece early, and is asked for nothing more. */
class Pieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  isOver = false;
  failure: unknown = null;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async *take(maxBytes: number): AsyncGenerator<Uint8Array> {
    for (let room = maxBytes; room > 0 && (await this.hasMore()); ) {
      const chunk = this.#rest.subarray(0, room);
      this.#rest = this.#rest.subarray(chunk.length);
      room -= chunk.length;
      yield chunk;
    }
  }

  async hasMore(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.isOver) {
      try {
        const { done = false, value } = await this.#chunks.next();
        this.isOver = done;
        if (!done) this.#rest = value;
      } catch (error) {
        this.failure = error;
        this.isOver = true;
      }
    }
    return this.#rest.length > 0;
  }
}

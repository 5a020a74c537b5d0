import { rowsOf } from "@pult/db/rows.ts";
import { telegramFiles, telegramHistory, telegramSessions } from "@pult/db/schema/chats.ts";
import { and, eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { OpenedFile } from "../../media/store.ts";
import { seesChat, viewerOf } from "../access.ts";
import { callAccount } from "../engine/asks.ts";
import { TelegramFailure } from "../engine/port.ts";
import type { MessageMedia } from "../engine/telegram.ts";
import { chatsError } from "../errors.ts";
import type { Media } from "../schema.ts";
import { uploaderOf } from "../sends/media.ts";
import { refusalOfCall } from "../sends/refusals.ts";
import { mediaPath, presentMedia, signMedia } from "../store/present.ts";
import { photoRowId, type Wanted } from "./fetch.ts";
import { type FileRow, presentUpload } from "./present.ts";

/** Telegram has no such file any more, or never had. */
const GONE = new Set(["MESSAGE_ID_INVALID", "MEDIA_EMPTY", "LOCATION_INVALID", "FILE_ID_INVALID", "PEER_ID_INVALID"]);

export interface OpenedMedia {
  file: OpenedFile;
  contentType: string;
  fileName: string | null;
}

/** Where a file is, or would be. */
type Located =
  | { kind: "upload"; row: FileRow }
  | { kind: "message"; mediaId: string; storeId: string; chatId: number; media: MessageMedia; row: FileRow | null }
  | { kind: "photo"; path: string; chatId: number; photoId: string; storeId: string; row: FileRow | null };

/**
 * Opens an upload, a message's file or a chat's photo; what is not here is fetched from Telegram first.
 * @param isSigned the caller shows a link to it, and is asked for nothing else
 * @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED` where it has to be fetched and the account cannot, `UPSTREAM_FAILED`
 */
export async function openFile(
  ctx: Context,
  { id, thumbnail, isSigned }: { id: string; thumbnail: boolean; isSigned: boolean },
): Promise<OpenedMedia> {
  const located = await locate(ctx, id);
  if (!located || !(isSigned || (await maySee(ctx, located)))) throw chatsError("mediaNotFound");
  const file = (await openStored(ctx, located.row, thumbnail)) ?? (await fetchAndOpen(ctx, located, thumbnail));
  if (!file) throw chatsError("mediaNotFound");
  if (thumbnail) return { file, contentType: file.contentType, fileName: null };
  const { mimeType, fileName } = located.kind === "message" ? located.media : (located.row ?? PHOTO);
  return { file, contentType: mimeType ?? file.contentType, fileName };
}

const PHOTO = { mimeType: "image/jpeg", fileName: null };

/** What is known of a file, without its bytes. @throws DomainError `NOT_FOUND` */
export async function describeFile(ctx: Context, id: string): Promise<Media> {
  const located = await locate(ctx, id);
  if (!located || !(await maySee(ctx, located))) throw chatsError("mediaNotFound");
  if (located.kind === "upload") return presentUpload(ctx, located.row);
  const isStored = located.row?.fileKey != null;
  const described =
    located.kind === "message"
      ? presentMedia({ media: located.media, mediaId: id, isStored })
      : { ...PHOTO_MEDIA, id, url: located.path, state: isStored ? ("ready" as const) : ("remote" as const) };
  if (!described) throw chatsError("mediaNotFound");
  return signMedia(ctx, described);
}

const PHOTO_MEDIA: Omit<Media, "id" | "url" | "state"> = {
  type: "photo",
  ...PHOTO,
  sizeBytes: null,
  width: null,
  height: null,
  durationSeconds: null,
  thumbUrl: null,
  expiresAt: null,
};

const PHOTO_ID = /^photo-(?<accountId>[\da-f-]{36})_(?<chatId>-?[1-9]\d{0,18})_(?<photoId>-?\d{1,20})$/;

async function locate(ctx: Context, id: string): Promise<Located | null> {
  const { accountId, chatId, photoId } = PHOTO_ID.exec(id)?.groups ?? {};
  if (accountId !== undefined && chatId !== undefined && photoId !== undefined)
    return locatePhoto(ctx, { id, accountId, chatId: Number(chatId), photoId });
  const row = await selectFile(ctx, id);
  if (row?.owner) return { kind: "upload", row };
  const [message] = await ctx.db
    .select({ storeId: telegramHistory.storeId, chatId: telegramHistory.chatId, media: telegramHistory.media })
    .from(telegramHistory)
    .where(eq(telegramHistory.mediaId, id));
  if (!message?.media) return null;
  return { kind: "message", mediaId: id, ...message, media: message.media as MessageMedia, row };
}

async function locatePhoto(
  ctx: Context,
  { id, accountId, ...photo }: { id: string; accountId: string; chatId: number; photoId: string },
): Promise<Located | null> {
  const [session] = await ctx.db
    .select({ storeId: telegramSessions.storeId })
    .from(telegramSessions)
    .where(eq(sql`${telegramSessions.id}::text`, accountId));
  const storeId = session?.storeId;
  if (!storeId) return null;
  return {
    kind: "photo",
    path: mediaPath(id),
    ...photo,
    storeId,
    row: await selectFile(ctx, photoRowId(storeId, photo)),
  };
}

async function selectFile({ db }: Context, id: string): Promise<FileRow | null> {
  const [row] = await db.select().from(telegramFiles).where(eq(telegramFiles.id, id));
  return row ?? null;
}

/** Uploads are their uploader's; a photo is of those who see the chat, a message's file of those who see its messages. */
async function maySee(ctx: Context, located: Located): Promise<boolean> {
  if (located.kind === "upload") return located.row.owner === uploaderOf(ctx);
  const chat = { store: sql`${located.storeId}::uuid`, chat: sql`${located.chatId}::bigint` };
  const needed = located.kind === "photo" ? "metadata" : "read";
  const [row] = rowsOf<{ isSeen: boolean }>(
    await ctx.db.execute(sql`
      select ${seesChat(viewerOf(ctx), chat, needed)} and exists (select 1 from telegram_sessions where store_id = ${chat.store}) as "isSeen"`),
  );
  return row?.isSeen ?? false;
}

const columnOf = (thumbnail: boolean) => (thumbnail ? "thumbKey" : "fileKey");

async function openStored(ctx: Context, row: FileRow | null, thumbnail: boolean): Promise<OpenedFile | null> {
  const column = columnOf(thumbnail);
  const key = row?.[column];
  if (!row || !key) return null;
  const file = await ctx.media.open(key);
  // Lost from the store: fetched anew.
  if (!file && row.storeId !== null)
    await ctx.db
      .update(telegramFiles)
      .set({ [column]: null })
      .where(and(eq(telegramFiles.id, row.id), eq(telegramFiles[column], key)));
  return file;
}

async function fetchAndOpen(ctx: Context, located: Located, thumbnail: boolean): Promise<OpenedFile | null> {
  const wanted = wantedOf(located, thumbnail);
  if (located.kind === "upload" || !wanted) return null;
  const [session] = rowsOf<{ id: string; status: string }>(
    await ctx.db.execute(sql`
      select id, status from telegram_sessions where store_id = ${located.storeId} order by status = 'AUTHORIZED' desc limit 1`),
  );
  if (!session) return null;
  if (session.status !== "AUTHORIZED") throw chatsError("accountExpired", {}, { details: { accountId: session.id } });
  try {
    await callAccount(ctx, session.id, "fetchFile", wanted);
  } catch (error) {
    if (error instanceof TelegramFailure && GONE.has(error.reason)) return null;
    throw refusalOfCall(error, session.id);
  }
  const id = located.kind === "photo" ? photoRowId(located.storeId, located) : located.mediaId;
  return openStored(ctx, await selectFile(ctx, id), thumbnail);
}

/** @returns null for what has no file at Telegram */
function wantedOf(located: Located, thumbnail: boolean): Wanted | null {
  switch (located.kind) {
    case "upload":
      return null;
    case "photo": {
      const { chatId, photoId } = located;
      return thumbnail ? null : { kind: "photo", chatId, photoId };
    }
    case "message": {
      const { mediaId, media } = located;
      const isThere = thumbnail ? media.hasThumbnail : media.sizeBytes !== null;
      return isThere ? { kind: "message", mediaId, thumbnail } : null;
    }
  }
}

import { telegramFiles, telegramHistory } from "@pult/db/schema/chats.ts";
import { and, eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import { type Account, chatsOf, viewerOf } from "../access.ts";
import type { LinkedAccount } from "../engine/account.ts";
import { type OutgoingMedia, TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";
import { UPLOAD_TYPES } from "../files/kind.ts";

export interface MediaRef {
  id: string;
  spoiler: boolean;
}

/** Who uploaded a file, as it is stored with it. */
export const uploaderOf = (ctx: Context): string => {
  const { owner, userId } = viewerOf(ctx);
  return owner ?? userId;
};

/** Files that a message is to carry: uploads of the caller's, or files of messages that they see. @throws DomainError `NOT_FOUND` */
export async function requireMedia(ctx: Context, account: Account, media: readonly MediaRef[]): Promise<MediaRef[]> {
  if (media.length === 0) return [];
  const ids = media.map(({ id }) => id);
  const uploads = await ctx.db
    .select({ id: telegramFiles.id })
    .from(telegramFiles)
    .where(
      and(inArray(telegramFiles.id, ids), eq(telegramFiles.owner, uploaderOf(ctx)), isNotNull(telegramFiles.fileKey)),
    );
  const held = await ctx.db
    .select({ id: telegramHistory.mediaId })
    .from(telegramHistory)
    .where(
      and(
        inArray(telegramHistory.mediaId, ids),
        eq(telegramHistory.storeId, account.storeId),
        chatsOf(ctx, account, "read", sql`${telegramHistory.chatId}`),
      ),
    );
  const known = new Set([...uploads, ...held].map(({ id }) => id));
  if (ids.some((id) => !known.has(id)))
    throw chatsError("mediaNotFound", {}, { details: { media: "No such file, or it has expired" } });
  return media.map(({ id, spoiler }) => ({ id, spoiler }));
}

/** Opens a file for Telegram. @throws TelegramFailure `refused` when it is gone */
export async function openMedia(
  deps: Pick<Deps, "db" | "media">,
  account: LinkedAccount,
  { id, spoiler }: MediaRef,
): Promise<OutgoingMedia> {
  const [file] = await deps.db.select().from(telegramFiles).where(eq(telegramFiles.id, id));
  if (file?.owner) return openUpload(deps, file, spoiler);
  const [message] = await deps.db
    .select({ chatId: telegramHistory.chatId, id: telegramHistory.id })
    .from(telegramHistory)
    .where(and(eq(telegramHistory.mediaId, id), eq(telegramHistory.storeId, account.target.storeId)));
  const peer = message && (await account.peerOf(message.chatId));
  if (!message || !peer) throw new TelegramFailure("refused", "MEDIA_EMPTY");
  return { kind: "message", peer, messageId: message.id, spoiler };
}

async function openUpload(
  { media }: Pick<Deps, "media">,
  file: typeof telegramFiles.$inferSelect,
  spoiler: boolean,
): Promise<OutgoingMedia> {
  const opened = file.fileKey === null ? null : await media.open(file.fileKey);
  if (!opened) throw new TelegramFailure("refused", "MEDIA_EMPTY");
  return {
    kind: "upload",
    type: UPLOAD_TYPES.find((type) => type === file.type) ?? "document",
    fileName: file.fileName ?? "file",
    mimeType: file.mimeType ?? "application/octet-stream",
    sizeBytes: opened.sizeBytes,
    width: file.width,
    height: file.height,
    durationSeconds: file.durationSeconds,
    spoiler,
    read: () => opened.read(),
  };
}

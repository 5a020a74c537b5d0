import { rowsOf } from "@pult/db/rows.ts";
import { telegramFiles } from "@pult/db/schema/chats.ts";
import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { perProcess } from "../../per-process.ts";
import { removeFiles } from "../accounts/unlink.ts";
import type { LinkedAccount } from "../engine/account.ts";
import { TelegramFailure } from "../engine/port.ts";
import type { MessageMedia, Peer } from "../engine/telegram.ts";
import type { FileRow } from "./present.ts";

/** Telegram's largest file, of premium accounts: 8,000 parts of 512 KiB. */
const MAX_FETCHED_BYTES = 4_194_304_000;

/** What is to be fetched: the file of a message, its thumbnail, or the photo of a chat. */
export type Wanted =
  | { kind: "message"; mediaId: string; thumbnail: boolean }
  | { kind: "photo"; chatId: number; photoId: string };

/** Id of the row of a chat's photo. */
export const photoRowId = (storeId: string, { chatId, photoId }: { chatId: number; photoId: string }): string =>
  `${photoPrefix(storeId, chatId)}${photoId}`;
const photoPrefix = (storeId: string, chatId: number): string => `photo-${storeId}_${chatId}_`;

/** Fetches under way in this process, by what they fetch. */
const fetches = perProcess(() => new Map<string, Promise<void>>());

/** Brings a file from Telegram into the media store; callers at the same time share one fetch. @throws TelegramFailure */
export function fetchShared(account: LinkedAccount, wanted: Wanted): Promise<void> {
  const running = fetches(account.ctx);
  const name = JSON.stringify([account.target.storeId, wanted]);
  const known = running.get(name);
  if (known) return known;
  const fetching = (wanted.kind === "photo" ? fetchPhoto(account, wanted) : fetchMessageFile(account, wanted)).finally(
    () => running.delete(name),
  );
  running.set(name, fetching);
  return fetching;
}

async function fetchMessageFile(
  account: LinkedAccount,
  { mediaId, thumbnail }: Extract<Wanted, { kind: "message" }>,
): Promise<void> {
  const [message] = rowsOf<{ chatId: number; id: number; media: MessageMedia }>(
    await account.ctx.db.execute(sql`
      select chat_id as "chatId", id, media from telegram_history where store_id = ${account.target.storeId} and media_id = ${mediaId}`),
  );
  if (!message) throw new TelegramFailure("refused", "MESSAGE_ID_INVALID");
  const { type, fileName, mimeType, sizeBytes, width, height, durationSeconds } = message.media;
  const peer = await requirePeer(account, Number(message.chatId));
  await store(account, {
    row: { id: mediaId, type, fileName, mimeType, sizeBytes, width, height, durationSeconds },
    column: thumbnail ? "thumbKey" : "fileKey",
    source: account.connection.download({ peer, messageId: Number(message.id), thumbnail }),
  });
}

async function fetchPhoto(
  account: LinkedAccount,
  { chatId, photoId }: Extract<Wanted, { kind: "photo" }>,
): Promise<void> {
  const { ctx, target } = account;
  const peer = await requirePeer(account, chatId);
  const id = photoRowId(target.storeId, { chatId, photoId });
  await store(account, {
    row: { id, type: "photo", mimeType: "image/jpeg" },
    column: "fileKey",
    source: account.connection.downloadPhoto({ peer, photoId }),
  });
  // Photos that this one has replaced.
  const old = await ctx.db
    .delete(telegramFiles)
    .where(and(sql`starts_with(${telegramFiles.id}, ${photoPrefix(target.storeId, chatId)})`, ne(telegramFiles.id, id)))
    .returning({ fileKey: telegramFiles.fileKey });
  await removeFiles(
    ctx,
    old.flatMap(({ fileKey }) => fileKey ?? []),
  );
}

async function requirePeer(account: LinkedAccount, chatId: number): Promise<Peer> {
  const peer = await account.peerOf(chatId);
  if (!peer) throw new TelegramFailure("refused", "PEER_ID_INVALID");
  return peer;
}

interface Fetched {
  row: Pick<FileRow, "id" | "type"> & Partial<FileRow>;
  column: "fileKey" | "thumbKey";
  source: AsyncIterable<Uint8Array>;
}

async function store({ ctx, target }: LinkedAccount, { row, column, source }: Fetched): Promise<void> {
  const { key } = await ctx.media.saveFile(source, { maxBytes: MAX_FETCHED_BYTES });
  try {
    const stored = await ctx.db
      .insert(telegramFiles)
      .values({ ...row, storeId: target.storeId, state: "ready", createdAt: ctx.now(), [column]: key })
      .onConflictDoUpdate({
        target: telegramFiles.id,
        set: { [column]: key },
        setWhere: and(isNull(telegramFiles[column]), eq(telegramFiles.storeId, target.storeId)),
      })
      .returning({ id: telegramFiles.id });
    // Another node was faster.
    if (stored.length === 0) await removeFiles(ctx, [key]);
  } catch (error) {
    await removeFiles(ctx, [key]);
    throw error;
  }
}

import { telegramFiles } from "@pult/db/schema/chats.ts";
import { and, lt, not, or, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { removeFiles } from "./accounts/unlink.ts";

/** Uploads that no message carries or is to carry, once their time is over, and files of messages that are gone. */
export async function sweepUploads(ctx: Context): Promise<void> {
  const isWanted = sql`exists (select 1 from telegram_sends s
    where s.state in ('queued', 'sending', 'failed') and s.media ->> 'id' = ${telegramFiles.id})`;
  const isOfNoMessage = sql`${telegramFiles.storeId} is not null and not starts_with(${telegramFiles.id}, 'photo-')
    and not exists (select 1 from telegram_history m where m.media_id = ${telegramFiles.id})`;
  const gone = await ctx.db
    .delete(telegramFiles)
    .where(or(and(lt(telegramFiles.expiresAt, ctx.now()), not(isWanted)), isOfNoMessage))
    .returning({ fileKey: telegramFiles.fileKey, thumbKey: telegramFiles.thumbKey });
  await removeFiles(
    ctx,
    gone.flatMap(({ fileKey, thumbKey }) => [fileKey, thumbKey]).filter((key) => key !== null),
  );
}

import { telegramFiles } from "@pult/db/schema/chats.ts";
import { lt } from "drizzle-orm";
import type { Context } from "../context.ts";
import { removeFiles } from "./accounts/unlink.ts";

/** Uploads that no message carries, once their time is over. */
export async function sweepUploads(ctx: Context): Promise<void> {
  const gone = await ctx.db
    .delete(telegramFiles)
    .where(lt(telegramFiles.expiresAt, ctx.now()))
    .returning({ fileKey: telegramFiles.fileKey, thumbKey: telegramFiles.thumbKey });
  await removeFiles(
    ctx,
    gone.flatMap(({ fileKey, thumbKey }) => [fileKey, thumbKey]).filter((key) => key !== null),
  );
}

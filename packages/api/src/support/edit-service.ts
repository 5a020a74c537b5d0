import { sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { removeReleased } from "../media/files.ts";
import { storableText } from "../storable.ts";
import { editMessage, unsendMessage } from "./edit.ts";
import { supportError } from "./errors.ts";
import { selectMessages } from "./message-rows.ts";
import { presentMessage, type StoredMessage } from "./stored.ts";

/** Changes the words of an answer or a note, wherever it stands. @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `VALIDATION` */
export async function editAsStaff(ctx: Context, input: { messageId: number; text: string }) {
  const message = await requireOwn(ctx, input.messageId);
  const text = storableText(input.text);
  const hasFiles = message.photos.length + (message.attachments ?? []).length > 0;
  if (text.trim() === "" && !hasFiles) throw supportError("replyEmpty");
  await editMessage(ctx, { messageId: input.messageId, text });
  return presented(ctx, input.messageId);
}

/** Takes an answer or a note back, with its copies. @throws DomainError `NOT_FOUND`, `FORBIDDEN` */
export async function unsendAsStaff(ctx: Context, input: { messageId: number }) {
  await requireOwn(ctx, input.messageId);
  if (await unsendMessage(ctx, input.messageId, { isErased: true })) await removeReleased(ctx);
  return presented(ctx, input.messageId);
}

/** A message of the team's that can be changed. */
async function requireOwn(ctx: Context, messageId: number): Promise<StoredMessage> {
  requireStaff(ctx.actor, "support:write");
  const [found] = await selectMessages(ctx.db, sql`m.id = ${messageId}`);
  if (!found) throw supportError("messageNotFound");
  const { message } = found;
  const isOurs = message.kind === "agent" || message.kind === "note";
  if (!isOurs || message.deletedAt || message.source === "instagram") throw supportError("messageNotEditable");
  return message;
}

async function presented(ctx: Context, messageId: number) {
  const [found] = await selectMessages(ctx.db, sql`m.id = ${messageId}`, { deliveries: true });
  if (!found) throw supportError("messageNotFound");
  return { message: presentMessage(found.message, ctx.mediaLinks, "agent") };
}

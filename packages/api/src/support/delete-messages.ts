import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, removeRows, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { releaseFiles } from "../media/files.ts";
import { deleteDeliveries } from "../outbox/deliveries.ts";
import { deleteAttempts } from "../push/subscriptions.ts";
import { messageSubject } from "./subjects.ts";

/** How many rows went, each kind as an erasure reports it. */
export interface DeletedMessages {
  photos: number;
  deliveries: number;
  pushAttempts: number;
  telegramMappings: number;
  instagramSends: number;
  messages: number;
}

/** Messages with everything that hangs on them. Photos are let go of, and removed after the commit. */
export async function deleteMessages(tx: Transaction, ids: readonly number[]): Promise<DeletedMessages> {
  const subjects = ids.map(messageSubject);
  return {
    photos: await releaseFiles(tx, subjects),
    deliveries: await deleteDeliveries(tx, subjects),
    pushAttempts: await deleteAttempts(tx, subjects),
    telegramMappings: await removeRows(tx, "telegram_messages", sql`subject in ${textsIn(subjects)}`),
    instagramSends: await removeRows(tx, "instagram_sends", sql`message_id in ${bigintsIn(ids)}`),
    messages: await removeRows(tx, "messages", sql`id in ${bigintsIn(ids)}`),
  };
}

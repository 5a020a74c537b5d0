import type { Database } from "@pult/db/database.ts";
import { bigintsIn, uuidsIn } from "@pult/db/rows.ts";
import { conversations } from "@pult/db/schema/support.ts";
import { telegramMessages, telegramTopics, telegramUpdates } from "@pult/db/schema/telegram.ts";
import { asc, eq, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { selectFiles } from "../media/files.ts";
import { type ExportedFile, exportFiles } from "../media/slice.ts";
import type { ExportTables, PersonReferences } from "../slice.ts";
import { aboutTelegramUser, findUpdates, telegramIdsOf } from "../telegram/traces.ts";
import { selectMessages } from "./message-rows.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject, messageSubject } from "./subjects.ts";

type Row<Table extends { $inferSelect: unknown }> = Table["$inferSelect"];

interface ExportedPhoto extends ExportedFile {
  messageId: number;
}

export interface ExportedConversation {
  conversation: Row<typeof conversations>;
  /** Every kind, oldest first, with what became of each on its way. */
  messages: Omit<StoredMessage, "photos">[];
  photos: ExportedPhoto[];
  /** Which Telegram messages show which of ours. */
  telegramMessages: Row<typeof telegramMessages>[];
  /** The topic in the support group. */
  topic: Row<typeof telegramTopics> | null;
}

export interface DeskExport {
  conversations: ExportedConversation[];
  /** Updates from Telegram about the customer, as received. */
  telegramUpdates: Row<typeof telegramUpdates>[];
}

/** Where each table of the desk that knows a person stands in the export. Those that are left out say why. */
export const SUPPORT_EXPORT_TABLES: ExportTables = {
  conversations: { path: "conversations[].conversation" },
  messages: { path: "conversations[].messages" },
  telegram_messages: { path: "conversations[].telegramMessages" },
  telegram_topics: { path: "conversations[].topic" },
  instagram_sends: { reason: "Instagram's ids of answers; each message's `deliveries` says what became of it" },
  outbox: { reason: "Copies of messages on their way; each message's `deliveries` says what became of it" },
};

const PAGE = 1_000;

/** Everything the desk knows of a person. */
export async function exportConversations(
  ctx: Context,
  { personIds, identities }: PersonReferences,
): Promise<DeskExport> {
  const { db } = ctx;
  const rows = await db
    .select()
    .from(conversations)
    .where(sql`${conversations.personId} in ${uuidsIn(personIds)}`)
    .orderBy(asc(conversations.id));
  const found: ExportedConversation[] = [];
  for (const row of rows) found.push(await exportConversation(ctx, row));
  await addPhotos(ctx, found);
  return {
    conversations: found,
    telegramUpdates: await selectUpdates(db, telegramIdsOf(identities)),
  };
}

/** All of them at once, because they share a limit. */
async function addPhotos(ctx: Context, found: readonly ExportedConversation[]): Promise<void> {
  const ids = found.flatMap(({ messages }) => messages.map(({ id }) => id));
  const bySubject = await selectFiles(ctx.db, ids.map(messageSubject));
  const exported = await exportFiles(ctx, [...bySubject.values()].flat());
  const byId = new Map(exported.map((file) => [file.id, file]));
  for (const { messages, photos } of found)
    for (const { id: messageId } of messages)
      for (const { id } of bySubject.get(messageSubject(messageId)) ?? []) {
        const file = byId.get(id);
        if (file) photos.push({ ...file, messageId });
      }
}

async function exportConversation(ctx: Context, row: Row<typeof conversations>): Promise<ExportedConversation> {
  const { db } = ctx;
  const messages = await readMessages(db, row.id);
  const [mappings, [topic]] = await Promise.all([
    db
      .select()
      .from(telegramMessages)
      .where(eq(telegramMessages.parent, conversationSubject(row.id)))
      .orderBy(asc(telegramMessages.subject), asc(telegramMessages.part)),
    db
      .select()
      .from(telegramTopics)
      .where(eq(telegramTopics.subject, conversationSubject(row.id))),
  ]);
  return {
    conversation: row,
    messages,
    photos: [],
    telegramMessages: mappings,
    topic: topic ?? null,
  };
}

async function readMessages(db: Database, conversationId: number): Promise<Omit<StoredMessage, "photos">[]> {
  const all: Omit<StoredMessage, "photos">[] = [];
  for (let after = 0; ; ) {
    const page = await selectMessages(db, sql`m.conversation_id = ${conversationId} and m.id > ${after}`, {
      tail: sql`order by m.id limit ${PAGE}`,
      deliveries: true,
    });
    for (const { message } of page) {
      const { photos: _, ...rest } = message;
      all.push(rest);
      after = message.id;
    }
    if (page.length < PAGE) return all;
  }
}

async function selectUpdates(db: Database, telegramIds: readonly string[]): Promise<Row<typeof telegramUpdates>[]> {
  if (telegramIds.length === 0) return [];
  const ids = await findUpdates(db, aboutTelegramUser(telegramIds));
  return db
    .select()
    .from(telegramUpdates)
    .where(sql`${telegramUpdates.id} in ${bigintsIn(ids)}`)
    .orderBy(asc(telegramUpdates.id));
}

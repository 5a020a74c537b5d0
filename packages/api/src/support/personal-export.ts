import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Database } from "@pult/db/database.ts";
import { bigintsIn, uuidsIn } from "@pult/db/rows.ts";
import { conversations, devices, pushAttempts } from "@pult/db/schema/support.ts";
import { telegramMessages, telegramTopics, telegramUpdates } from "@pult/db/schema/telegram.ts";
import { asc, eq, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { type MediaFile, selectFiles, selectUploads } from "../media/files.ts";
import type { ExportTables, PersonReferences } from "../slice.ts";
import { aboutTelegramUser, findUpdates, telegramIdsOf } from "../telegram/traces.ts";
import { customerKey } from "./events.ts";
import { selectMessages } from "./message-rows.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject, messageIdOf, messageSubject } from "./subjects.ts";

type Row<Table extends { $inferSelect: unknown }> = Table["$inferSelect"];

/** A photo with its bytes, or where to load them from. */
export interface ExportedPhoto extends Omit<MediaFile, "fileKey" | "thumbKey" | "owner" | "claimedBy"> {
  /** Null where no message has it. */
  messageId: number | null;
  /** Who uploaded it. */
  ownerRef: string | null;
  fileName: string;
  /** Base64; null when all photos together are more than 20 MB. */
  content: string | null;
  url: string;
}

export interface ExportedConversation {
  conversation: Row<typeof conversations>;
  /** Every kind, oldest first, with what became of each on its way. */
  messages: Omit<StoredMessage, "photos">[];
  photos: ExportedPhoto[];
  /** Without what would let somebody else push to them. */
  devices: Omit<Row<typeof devices>, "keys">[];
  pushAttempts: Row<typeof pushAttempts>[];
  /** Which Telegram messages show which of ours. */
  telegramMessages: Row<typeof telegramMessages>[];
  /** His topic in the support group. */
  topic: Row<typeof telegramTopics> | null;
}

export interface DeskExport {
  conversations: ExportedConversation[];
  /** What he uploaded and never sent. */
  uploads: ExportedPhoto[];
  /** What Telegram said of him, as received. */
  telegramUpdates: Row<typeof telegramUpdates>[];
}

/** Where each table of the desk that knows a person stands in the export. Those that are left out say why. */
export const SUPPORT_EXPORT_TABLES: ExportTables = {
  conversations: { path: "conversations[].conversation" },
  messages: { path: "conversations[].messages" },
  media_files: { path: "conversations[].photos" },
  devices: { path: "conversations[].devices" },
  push_attempts: { path: "conversations[].pushAttempts" },
  telegram_messages: { path: "conversations[].telegramMessages" },
  telegram_topics: { path: "conversations[].topic" },
  outbox: { reason: "Copies of messages on their way; each message's `deliveries` says what became of it" },
};

const PAGE = 1_000;
const INLINE_BYTES = 20 * 1024 * 1024;

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
  const keys = [
    ...rows.map((row) => customerKey(row.channel, row.externalId)),
    ...identities.map((one) => customerKey(one.namespace, one.externalId)),
  ];
  const uploads = await selectUploads(db, [...new Set(keys)]);
  const found: ExportedConversation[] = [];
  for (const row of rows) found.push(await exportConversation(ctx, row));
  const shown = [...found.flatMap((one) => one.photos), ...uploads.map((row) => describePhoto(ctx, row))];
  const isInline = shown.reduce((sum, photo) => sum + photo.sizeBytes, 0) <= INLINE_BYTES;
  if (isInline) for (const photo of shown) photo.content = await contentOf(ctx, photo.fileName);
  return {
    conversations: found,
    uploads: shown.slice(shown.length - uploads.length),
    telegramUpdates: await selectUpdates(db, telegramIdsOf(identities)),
  };
}

async function exportConversation(ctx: Context, row: Row<typeof conversations>): Promise<ExportedConversation> {
  const { db } = ctx;
  const mine = sql`conversation_id = ${row.id}`;
  const ofMessages = sql`message_id in (select id from messages where conversation_id = ${row.id})`;
  const ownDevices = await db.select().from(devices).where(mine).orderBy(asc(devices.registeredAt), devices.id);
  const ofDevices = sql`device_id in (select id from devices where conversation_id = ${row.id})`;
  const messages = await readMessages(db, row.id);
  const [files, attempts, mappings, [topic]] = await Promise.all([
    selectFiles(
      db,
      messages.map(({ id }) => messageSubject(id)),
    ),
    db.select().from(pushAttempts).where(sql`${ofMessages} or ${ofDevices}`).orderBy(asc(pushAttempts.id)),
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
    photos: messages.flatMap(({ id }) => (files.get(messageSubject(id)) ?? []).map((file) => describePhoto(ctx, file))),
    devices: ownDevices.map(({ keys: _, ...device }) => device),
    pushAttempts: attempts,
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

function describePhoto({ mediaLinks, config }: Context, file: MediaFile): ExportedPhoto {
  const { fileKey, thumbKey: _, owner, claimedBy, ...rest } = file;
  return {
    ...rest,
    messageId: claimedBy === null ? null : messageIdOf(claimedBy),
    ownerRef: owner,
    fileName: fileKey,
    content: null,
    url: `${config.origin}${mediaLinks.path(fileKey)}`,
  };
}

async function contentOf({ media }: Context, key: string): Promise<string | null> {
  const opened = await media.open(key);
  return opened ? (await buffer(Readable.from(opened.read()))).toString("base64") : null;
}

async function selectUpdates(db: Database, telegramIds: readonly string[]): Promise<Row<typeof telegramUpdates>[]> {
  if (telegramIds.length === 0) return [];
  const ids = await findUpdates(db, aboutTelegramUser(telegramIds));
  return db
    .select()
    .from(telegramUpdates)
    .where(sql`${telegramUpdates.updateId} in ${bigintsIn(ids)}`)
    .orderBy(asc(telegramUpdates.updateId));
}

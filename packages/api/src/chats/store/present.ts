import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { findTitles } from "../../crm/records/lookup.ts";
import type { MessageMedia } from "../engine/telegram.ts";
import { type Access, allows } from "../grants.ts";
import type { Association, Chat, ChatsEvent, Media, Message, MessageEntity } from "../schema.ts";

/** One account of one owner: what is stored hangs on the store, what is told names the account. */
export interface Target {
  storeId: string;
  accountId: string;
}

/** A row of `telegram_history` with what its state depends on. */
export interface MessageRow {
  chatId: number;
  id: number;
  senderId: number | null;
  text: string;
  entities: MessageEntity[];
  media: MessageMedia | null;
  mediaId: string | null;
  isStored: boolean | null;
  groupId: string | null;
  date: string;
  editedAt: string | null;
  forwardFromId: number | null;
  forwardFromName: string | null;
  replyToId: number | null;
  viewsCount: number | null;
  reactions: NonNullable<Message["reactions"]>;
  isOutgoing: boolean;
  isService: boolean;
  clientId: string | null;
  readOutboxMaxId: number;
}

/** Instants as JavaScript writes them. */
export const isoOf = (column: SQL): SQL => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Columns of a `MessageRow`, of a message `m`, its chat `c` and its file `f`. */
export const MESSAGE_COLUMNS = sql`m.chat_id as "chatId", m.id, m.sender_id as "senderId", m.text, m.entities, m.media, m.media_id as "mediaId",
  f.file_key is not null as "isStored", m.group_id as "groupId", ${isoOf(sql`m.date`)} as date, ${isoOf(sql`m.edited_at`)} as "editedAt",
  m.forward_from_id as "forwardFromId", m.forward_from_name as "forwardFromName", m.reply_to_id as "replyToId", m.views_count as "viewsCount", m.reactions,
  m.is_outgoing as "isOutgoing", m.is_service as "isService", m.client_id as "clientId", c.read_outbox_max_id as "readOutboxMaxId"`;
export const MESSAGE_TABLES = sql`telegram_history m join telegram_chats c on c.store_id = m.store_id and c.chat_id = m.chat_id
  left join telegram_files f on f.id = m.media_id`;

const textOrNull = (id: number | null): string | null => (id === null ? null : String(Number(id)));

export const mediaPath = (id: string): string => `/api/telegram/media/${id}`;

export function presentMedia(row: Pick<MessageRow, "media" | "mediaId" | "isStored">): Media | null {
  const { media, mediaId } = row;
  if (!media || mediaId === null) return null;
  const { caption: _, hasThumbnail, ...described } = media;
  return {
    id: mediaId,
    ...described,
    url: media.sizeBytes === null ? null : mediaPath(mediaId),
    thumbUrl: hasThumbnail ? `${mediaPath(mediaId)}/thumbnail` : null,
    state: row.isStored || media.sizeBytes === null ? "ready" : "remote",
    expiresAt: null,
  };
}

/** A message with unsigned addresses. @see signMessage */
export function presentMessage(accountId: string, row: MessageRow): Message {
  const isRead = row.isOutgoing && Number(row.id) <= Number(row.readOutboxMaxId);
  return {
    id: String(row.id),
    accountId,
    chatId: String(row.chatId),
    senderId: textOrNull(row.senderId),
    text: row.text,
    entities: row.entities,
    media: presentMedia(row),
    groupId: row.groupId,
    date: row.date,
    editedDate: row.editedAt,
    forwardFromId: textOrNull(row.forwardFromId),
    forwardFromName: row.forwardFromName,
    replyToMessageId: textOrNull(row.replyToId),
    viewsCount: row.viewsCount,
    isOutgoing: row.isOutgoing,
    isService: row.isService,
    isScheduled: false,
    scheduleDate: null,
    clientId: row.clientId,
    state: row.isOutgoing ? (isRead ? "read" : "sent") : null,
    error: null,
    ...(row.reactions.length > 0 ? { reactions: row.reactions } : {}),
  };
}

interface ChatRow {
  chatId: number;
  type: Chat["type"];
  title: string;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  photoId: string | null;
  bio: string | null;
  about: string | null;
  memberCount: number | null;
  unreadCount: number;
  readInboxMaxId: number;
  readOutboxMaxId: number;
  isPinned: boolean;
  isMuted: boolean;
  isArchived: boolean;
  canSend: boolean;
  createdAt: string;
  updatedAt: string;
  lastMessage: MessageRow | null;
  associations: Omit<Association, "accountId" | "entity">[];
}

const CHAT_COLUMNS = (
  now: Date,
): SQL => sql`c.chat_id as "chatId", c.type, c.title, c.username, c.first_name as "firstName",
  c.last_name as "lastName", c.photo_id as "photoId", c.bio, c.about, c.member_count as "memberCount", c.unread_count as "unreadCount",
  c.read_inbox_max_id as "readInboxMaxId", c.read_outbox_max_id as "readOutboxMaxId", c.is_pinned as "isPinned",
  c.muted_until is not null and c.muted_until > ${now.toISOString()}::timestamptz as "isMuted", c.is_archived as "isArchived",
  c.can_send as "canSend", ${isoOf(sql`c.created_at`)} as "createdAt", ${isoOf(sql`c.updated_at`)} as "updatedAt",
  case when m.id is null then null else (select to_jsonb(row) from (select ${MESSAGE_COLUMNS}) row) end as "lastMessage",
  coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'chatId', a.chat_id::text, 'crmEntityType', a.entity_type,
    'crmEntityId', a.entity_id, 'createdBy', a.created_by, 'createdAt', ${isoOf(sql`a.created_at`)}, 'updatedAt', ${isoOf(sql`a.updated_at`)})
    order by a.created_at, a.id) from telegram_crm_associations a where a.store_id = c.store_id and a.chat_id = c.chat_id), '[]'::jsonb)
    as associations`;

/** The path of a chat's photo; it changes with the photo. */
export const photoPath = (accountId: string, chatId: number, photoId: string | null): string | null =>
  photoId === null ? null : `/api/telegram/media/photo-${accountId}_${chatId}_${photoId}`;

/** @param titleOf the record of Pult's own that an association is with */
function presentChat(accountId: string, row: ChatRow, titleOf: Awaited<ReturnType<typeof findTitles>>): Chat {
  const { chatId, photoId, lastMessage, associations, readInboxMaxId, readOutboxMaxId, ...rest } = row;
  return {
    ...rest,
    id: String(chatId),
    accountId,
    photoUrl: photoPath(accountId, chatId, photoId),
    readInboxMaxId: String(readInboxMaxId),
    readOutboxMaxId: String(readOutboxMaxId),
    lastMessage: lastMessage && presentMessage(accountId, lastMessage),
    associations: associations.map((one) => ({ ...one, accountId, entity: titleOf(one) })),
  };
}

type Reader = Database | Transaction;

/** Chats that a condition on `c` selects, in this order. */
export async function selectChats(
  db: Reader,
  { storeId, accountId }: Target,
  query: { where: SQL; order?: SQL; limit?: number; now: Date },
): Promise<Chat[]> {
  const rows = rowsOf<ChatRow>(
    await db.execute(sql`
      select ${CHAT_COLUMNS(query.now)} from telegram_chats c
      left join telegram_history m on m.store_id = c.store_id and m.chat_id = c.chat_id and m.id = c.top_message_id
      left join telegram_files f on f.id = m.media_id
      where c.store_id = ${storeId} and ${query.where}
      order by ${query.order ?? sql`c.chat_id`} limit ${query.limit ?? 1_000}`),
  );
  const titleOf = await findTitles(
    db,
    rows.flatMap(({ associations }) => associations),
  );
  return rows.map((row) => presentChat(accountId, row, titleOf));
}

/** Messages that a condition on `m` selects, in this order. */
export async function selectMessages(
  db: Reader,
  { storeId, accountId }: Target,
  query: { where: SQL; order: SQL; limit: number },
): Promise<Message[]> {
  const rows = rowsOf<MessageRow>(
    await db.execute(sql`
      select ${MESSAGE_COLUMNS} from (
        select * from telegram_history m where m.store_id = ${storeId} and ${query.where} order by ${query.order} limit ${query.limit}) m
      join telegram_chats c on c.store_id = m.store_id and c.chat_id = m.chat_id left join telegram_files f on f.id = m.media_id
      order by ${query.order}`),
  );
  return rows.map((row) => presentMessage(accountId, row));
}

type Links = Pick<Deps, "mediaLinks">;
const signed = ({ mediaLinks }: Links, path: string | null): string | null =>
  path === null ? null : mediaLinks.sign(path);

/** Addresses that an image element can load: stored events hold them unsigned, because signatures end. */
export const signMedia = (deps: Links, media: Media): Media => ({
  ...media,
  url: signed(deps, media.url),
  thumbUrl: signed(deps, media.thumbUrl),
});

export const signMessage = (deps: Links, message: Message): Message =>
  message.media === null ? message : { ...message, media: signMedia(deps, message.media) };

export const signChat = (deps: Links, chat: Chat): Chat => ({
  ...chat,
  photoUrl: signed(deps, chat.photoUrl),
  lastMessage: chat.lastMessage && signMessage(deps, chat.lastMessage),
});

/** A chat without what records of the CRM are called, which is for staff. */
export const hideRecords = (chat: Chat): Chat => ({
  ...chat,
  associations: chat.associations.map((one) => ({ ...one, entity: null })),
});

/** A message without what it says. */
const limitMessage = ({ reactions: _, ...message }: Message): Message => ({
  ...message,
  ...{ text: "", entities: [], media: null, forwardFromId: null, forwardFromName: null },
});

/** A chat as one sees it with whom it is shared. */
export const limitChat = (chat: Chat, access: Access): Chat => ({
  ...chat,
  lastMessage: chat.lastMessage && (allows(access, "read") ? chat.lastMessage : limitMessage(chat.lastMessage)),
  access,
});

/** An event as one is told it with whom chats are shared; null is nothing. */
export function limitEvent(event: ChatsEvent, accessIn: (chatId: string) => Access): ChatsEvent | null {
  if (event.type === "sessionUpdated") return event;
  const access = accessIn(event.type === "chatUpdated" ? event.chat.id : event.chatId);
  if (access === "none") return null;
  if (event.type === "chatUpdated") return { ...event, chat: limitChat(event.chat, access) };
  return "message" in event && !allows(access, "read") ? { ...event, message: limitMessage(event.message) } : event;
}

/** An event as callers who are no staff are told it. */
export const hideRecordsIn = (event: ChatsEvent): ChatsEvent =>
  event.type === "chatUpdated" ? { ...event, chat: hideRecords(event.chat) } : event;

export function signEvent(deps: Links, event: ChatsEvent): ChatsEvent {
  if ("message" in event) return { ...event, message: signMessage(deps, event.message) };
  if (event.type === "chatUpdated") return { ...event, chat: signChat(deps, event.chat) };
  return event;
}

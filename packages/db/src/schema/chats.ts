import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { people } from "./auth.ts";
import { instant } from "./columns.ts";

const telegramId = (name: string) => bigint(name, { mode: "number" });
const storeId = () =>
  uuid("store_id")
    .notNull()
    .references(() => telegramStores.id, { onDelete: "cascade" });
/** Ranges of ids, as PostgreSQL writes them. */
const ids = customType<{ data: string }>({ dataType: () => "int8multirange" });

/**
 * What is kept of a Telegram account for one owner: it outlives the link, so that linking the same account again finds it. Everything of
 * Telegram's hangs on it.
 */
export const telegramStores = pgTable(
  "telegram_stores",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** `agent:<person id>`, `app:<external id>`, or `installation`. */
    owner: text("owner").notNull(),
    userId: telegramId("user_id").notNull(),
    /** How far updates were applied; null before the first link was caught up with. @see https://core.telegram.org/api/updates */
    pts: integer("pts"),
    qts: integer("qts"),
    seq: integer("seq"),
    /** Unix seconds, by Telegram's clock. */
    date: integer("date"),
    /** When the whole list of chats was read. */
    dialogsAt: instant("dialogs_at"),
    /** When the list of contacts was read. */
    contactsAt: instant("contacts_at"),
    lastUpdateAt: instant("last_update_at"),
    /** Whether the owner lets the CRM keep in step with the list of contacts. */
    keepsContacts: boolean("keeps_contacts").notNull().default(false),
    /** When the CRM was last in step with it. */
    contactsKeptAt: instant("contacts_kept_at"),
    /** Telegram's own name of why the list could not be read the last time. */
    contactsFailedBy: text("contacts_failed_by"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("telegram_stores_owner").on(t.owner, t.userId)],
);

/** Links to Telegram accounts; the id is what the protocol calls `accountId`. */
export const telegramSessions = pgTable(
  "telegram_sessions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    owner: text("owner").notNull(),
    /** From the first sign-in on. */
    storeId: uuid("store_id").references(() => telegramStores.id),
    /** `INITIALIZED`, `CODE_REQUESTED`, `PASSWORD_REQUIRED`, `AUTHORIZED` or `EXPIRED`. */
    status: text("status").notNull(),
    /** Null: the installation's. */
    apiId: integer("api_id"),
    /** Sealed, as are the next four. */
    apiHash: text("api_hash"),
    session: text("session"),
    phoneNumber: text("phone_number"),
    codeHash: text("code_hash"),
    /** Wrong codes for this hash. */
    codeTries: integer("code_tries").notNull().default(0),
    /** What Telegram says of the password. */
    passwordHint: text("password_hint"),
    isDefault: boolean("is_default").notNull().default(false),
    /** Whether the other side sees that a message was read. */
    sendsReceipts: boolean("sends_receipts").notNull().default(true),
    /** As the node that holds it sees it: `connected`, `connecting`, `catchingUp` or `offline`. */
    connection: text("connection").notNull().default("connecting"),
    /** No call before: Telegram asked for it. */
    floodUntil: instant("flood_until"),
    /** Telegram's own name of what stopped outgoing messages until a person resumes them. */
    stoppedBy: text("stopped_by"),
    /** Telegram's own name of what ended it. */
    expiredBy: text("expired_by"),
    authorizedAt: instant("authorized_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    index("telegram_sessions_owner").on(t.owner, t.createdAt),
    uniqueIndex("telegram_sessions_default").on(t.owner).where(sql`is_default`),
    // A second link of one account takes the place of the first.
    uniqueIndex("telegram_sessions_live").on(t.storeId).where(sql`status = 'AUTHORIZED'`),
  ],
);

/** Grants: who may use an account of another, or single chats of it, for how long. */
export const telegramShares = pgTable(
  "telegram_shares",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => telegramSessions.id, { onDelete: "cascade" }),
    /** A documented role, or the name of a custom one; null where it names a person. */
    role: text("role"),
    /** A member of the team; null where it names a role. */
    personId: uuid("person_id").references(() => people.id, { onDelete: "cascade" }),
    /** Null: all chats of the account. */
    chatId: telegramId("chat_id"),
    /** `none`, `metadata`, `read` or `write`. */
    access: text("access").notNull(),
    /** When it ends by itself. */
    until: instant("until"),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("telegram_shares_of").on(t.sessionId, t.role, t.personId, t.chatId).nullsNotDistinct(),
    check("telegram_shares_whom", sql`num_nonnulls(role, person_id) = 1`),
  ],
);

/** People, groups and channels that an account knows; a dialog where it has one. */
export const telegramChats = pgTable(
  "telegram_chats",
  {
    /** `<store id>/<chat id>` */
    id: text("id").primaryKey(),
    storeId: storeId(),
    /** Marked as in the Bot API. */
    chatId: telegramId("chat_id").notNull(),
    /** `private`, `bot`, `group`, `supergroup` or `channel`. */
    type: text("type").notNull(),
    title: text("title").notNull(),
    username: text("username"),
    firstName: text("first_name"),
    lastName: text("last_name"),
    phoneNumber: text("phone_number"),
    isSelf: boolean("is_self").notNull().default(false),
    isContact: boolean("is_contact").notNull().default(false),
    isMutual: boolean("is_mutual").notNull().default(false),
    onlineStatus: text("online_status"),
    lastSeenAt: instant("last_seen_at"),
    /** Telegram's id of the profile photo. */
    photoId: text("photo_id"),
    /** Sealed; null where none is needed, or none is known. */
    accessHash: text("access_hash"),
    bio: text("bio"),
    about: text("about"),
    memberCount: integer("member_count"),
    /** When bio, about and the count of members were read. */
    fullAt: instant("full_at"),
    canSend: boolean("can_send").notNull().default(true),
    hasDialog: boolean("has_dialog").notNull().default(false),
    unreadCount: integer("unread_count").notNull().default(0),
    readInboxMaxId: telegramId("read_inbox_max_id").notNull().default(0),
    readOutboxMaxId: telegramId("read_outbox_max_id").notNull().default(0),
    isPinned: boolean("is_pinned").notNull().default(false),
    isArchived: boolean("is_archived").notNull().default(false),
    mutedUntil: instant("muted_until"),
    topMessageId: telegramId("top_message_id"),
    topMessageAt: instant("top_message_at"),
    /**
     * Of private chats: when the newest message was written that is no service message, by whom, and how many own ones follow theirs (up to 10).
     * Null without one. A trigger of `telegram_history` keeps all three.
     */
    newestAt: instant("newest_at"),
    newestIsOutgoing: boolean("newest_is_outgoing"),
    ownSinceTheirs: integer("own_since_theirs"),
    /** Of channels and supergroups: how far their updates were applied. */
    pts: integer("pts"),
    /** Message ids between which nothing is missing; the newest range has no end, because what follows is stored as it comes. */
    known: ids("known").notNull().default("{}"),
    /** Messages by Telegram's count; null before the first page was read. */
    messageCount: integer("message_count"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    unique("telegram_chats_chat").on(t.storeId, t.chatId),
    index("telegram_chats_order").on(t.storeId, t.isPinned, t.topMessageAt, t.chatId).where(sql`has_dialog`),
    index("telegram_chats_newest").on(t.storeId, t.newestAt, t.chatId).where(sql`newest_at is not null`),
    index("telegram_chats_unanswered").on(t.storeId, t.newestAt, t.chatId).where(sql`not newest_is_outgoing`),
    // Whom several accounts know.
    index("telegram_chats_people").on(t.chatId, t.storeId).where(sql`newest_at is not null`),
    index("telegram_chats_unread").on(t.storeId).where(sql`unread_count > 0`),
    index("telegram_chats_contacts").on(t.storeId, t.chatId).where(sql`is_contact`),
  ],
);

/** Messages as Telegram has them; what it deletes is gone from here too. */
export const telegramHistory = pgTable(
  "telegram_history",
  {
    storeId: uuid("store_id").notNull(),
    chatId: telegramId("chat_id").notNull(),
    id: telegramId("id").notNull(),
    senderId: telegramId("sender_id"),
    text: text("text").notNull(),
    entities: jsonb("entities").notNull().default([]),
    /** What the file is, without its bytes. */
    media: jsonb("media"),
    /** By which its file is asked for; never guessable. */
    mediaId: text("media_id"),
    groupId: text("group_id"),
    date: instant("date").notNull(),
    editedAt: instant("edited_at"),
    forwardFromId: telegramId("forward_from_id"),
    forwardFromName: text("forward_from_name"),
    replyToId: telegramId("reply_to_id"),
    viewsCount: integer("views_count"),
    reactions: jsonb("reactions").notNull().default([]),
    isOutgoing: boolean("is_outgoing").notNull(),
    isService: boolean("is_service").notNull().default(false),
    /** Of what was sent through Pult. */
    clientId: text("client_id"),
    /** The import that brought it; null once Telegram itself has. */
    importId: uuid("import_id"),
  },
  (t) => [
    primaryKey({ columns: [t.storeId, t.chatId, t.id] }),
    foreignKey({
      name: "telegram_history_chat",
      columns: [t.storeId, t.chatId],
      foreignColumns: [telegramChats.storeId, telegramChats.chatId],
    }).onDelete("cascade"),
    index("telegram_history_date").on(t.storeId, t.chatId, t.date),
    uniqueIndex("telegram_history_media").on(t.mediaId).where(sql`media_id is not null`),
    // In private chats and basic groups ids are the account's: Telegram deletes by them without naming the chat.
    index("telegram_history_id").on(t.storeId, t.id).where(sql`chat_id > -1000000000000`),
    index("telegram_history_import").on(t.importId).where(sql`import_id is not null`),
    index("telegram_history_words").using("gin", sql`to_tsvector('simple', text)`),
  ],
);

/** What an edited message said before. */
export const telegramRevisions = pgTable(
  "telegram_revisions",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    storeId: uuid("store_id").notNull(),
    chatId: telegramId("chat_id").notNull(),
    messageId: telegramId("message_id").notNull(),
    text: text("text").notNull(),
    entities: jsonb("entities").notNull(),
    /** Until when it said so. */
    replacedAt: instant("replaced_at").notNull(),
  },
  (t) => [
    foreignKey({
      name: "telegram_revisions_message",
      columns: [t.storeId, t.chatId, t.messageId],
      foreignColumns: [telegramHistory.storeId, telegramHistory.chatId, telegramHistory.id],
    }).onDelete("cascade"),
    index("telegram_revisions_of").on(t.storeId, t.chatId, t.messageId),
  ],
);

/** Messages that were sent through Pult, one row for each message that Telegram makes of it; kept as long as the messages. */
export const telegramSends = pgTable(
  "telegram_sends",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    storeId: storeId(),
    chatId: telegramId("chat_id").notNull(),
    clientId: text("client_id").notNull(),
    /** Of the parts of one send, from 0. */
    part: integer("part").notNull(),
    /** What the whole send said, hashed: the same id with other content is refused. */
    contentHash: text("content_hash").notNull(),
    /** Fixed before the first try: decimal. */
    randomId: text("random_id").notNull(),
    text: text("text").notNull(),
    entities: jsonb("entities").notNull(),
    replyToId: telegramId("reply_to_id"),
    /** Of its file: `{ id, spoiler }`; null without one. Rows of one `album` go together. */
    media: jsonb("media"),
    album: text("album"),
    silent: boolean("silent").notNull().default(false),
    scheduledFor: instant("scheduled_for"),
    /** `queued`, `sending`, `scheduled`, `sent` or `failed`. */
    state: text("state").notNull(),
    /** As callers are told. */
    error: jsonb("error"),
    retryAt: instant("retry_at"),
    /** Telegram's id, once it has it; of what is scheduled, its id there. */
    messageId: telegramId("message_id"),
    /** The user's id, or `key:<id>`. */
    sentBy: text("sent_by").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("telegram_sends_client").on(t.storeId, t.clientId, t.part),
    uniqueIndex("telegram_sends_random").on(t.storeId, t.randomId),
    index("telegram_sends_message").on(t.storeId, t.chatId, t.messageId),
    index("telegram_sends_open").on(t.storeId, t.chatId, t.id).where(sql`state in ('queued', 'sending', 'failed')`),
    index("telegram_sends_scheduled").on(t.storeId, t.chatId).where(sql`state = 'scheduled'`),
  ],
);

/** Files: uploads to be sent, and what was fetched of messages and of profile photos. */
export const telegramFiles = pgTable(
  "telegram_files",
  {
    /** Random, never guessable; of a message's file its `media_id`. */
    id: text("id").primaryKey(),
    /** Of what was fetched. */
    storeId: uuid("store_id").references(() => telegramStores.id, { onDelete: "cascade" }),
    /** Of uploads: who may send and see it. */
    owner: text("owner"),
    type: text("type").notNull(),
    fileName: text("file_name"),
    mimeType: text("mime_type"),
    sizeBytes: bigint("size_bytes", { mode: "number" }),
    width: integer("width"),
    height: integer("height"),
    durationSeconds: integer("duration_seconds"),
    /** In the media store; null before it is there. */
    fileKey: text("file_key"),
    thumbKey: text("thumb_key"),
    /** `ready`, `processing` or `failed`. */
    state: text("state").notNull(),
    /** When an upload that no message carries is removed; null once one does. */
    expiresAt: instant("expires_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [index("telegram_files_expiry").on(t.expiresAt).where(sql`expires_at is not null`)],
);

/** Ties of chats to records of a CRM, Pult's own or another. */
export const telegramAssociations = pgTable(
  "telegram_crm_associations",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    storeId: storeId(),
    chatId: telegramId("chat_id").notNull(),
    entityType: text("entity_type").notNull(),
    entityId: uuid("entity_id").notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("telegram_associations_key").on(t.storeId, t.chatId, t.entityType, t.entityId),
    index("telegram_associations_chat").on(t.storeId, t.chatId, t.createdAt, t.id),
    index("telegram_associations_entity").on(t.entityType, t.entityId),
  ],
);

/** What members of the team are writing in chats; one that was sent or emptied stays for a while without text, for its revision. */
export const telegramDrafts = pgTable(
  "telegram_drafts",
  {
    storeId: storeId(),
    chatId: telegramId("chat_id").notNull(),
    /** As sends name who sent them. */
    author: text("author").notNull(),
    text: text("text").notNull(),
    /** Grows with every change. */
    revision: integer("revision").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.storeId, t.chatId, t.author] }),
    index("telegram_drafts_author").on(t.author),
    index("telegram_drafts_empty").on(t.updatedAt).where(sql`text = ''`),
  ],
);

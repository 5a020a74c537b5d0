import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Presence } from "../realtime/presence.ts";
import { customerKey } from "./events.ts";
import type { Channel, ConversationRow, ConversationStatus, MessageKind, ReplyWindow } from "./schema.ts";
import { readFirstAttachment } from "./stored.ts";

/** A conversation as the database answers it, with the assignee's name. */
export interface ConversationRecord {
  id: number;
  channel: Channel;
  externalId: string;
  personId: string;
  customerName: string;
  customerUsername: string | null;
  languageCode: string | null;
  status: ConversationStatus;
  snoozedUntil: string | null;
  assigneeId: string | null;
  assigneeName: string | null;
  /** When the customer wrote what no agent has answered yet. */
  waitingSince: string | null;
  /** When agents were told that it waits for too long. */
  waitingNoticedAt: string | null;
  lastMessageId: number | null;
  lastMessageKind: MessageKind | null;
  lastMessageText: string | null;
  lastMessagePhotos: number;
  lastMessageAuthor: string | null;
  lastMessageAttachment: string | null;
  lastActivityAt: string;
  unreadCount: number;
  agentReadId: number;
  customerReadId: number;
  createdAt: string;
  /** The payload of the link that the customer came by. */
  origin: string | null;
  /** Since when the customer blocks the bot. */
  blockedAt: string | null;
  /** The Telegram Business account in whose name answers go. */
  businessConnectionId: string | null;
  replyWindow: ReplyWindow | null;
}

/** Columns of `conversations c left join people a`, named as `ConversationRecord` wants them. */
export const conversationColumns = sql`
  c.id, c.channel, c.external_id as "externalId", c.person_id as "personId", c.customer_name as "customerName",
  c.customer_username as "customerUsername", c.language_code as "languageCode", c.status, c.snoozed_until as "snoozedUntil",
  c.assignee_id as "assigneeId", a.name as "assigneeName",
  c.waiting_since as "waitingSince", c.waiting_noticed_at as "waitingNoticedAt",
  c.last_message_id as "lastMessageId", c.last_message_kind as "lastMessageKind", c.last_message_text as "lastMessageText",
  c.last_message_photos as "lastMessagePhotos", c.last_message_author as "lastMessageAuthor",
  c.last_message_attachment as "lastMessageAttachment", c.origin, c.blocked_at as "blockedAt",
  c.business_connection_id as "businessConnectionId", c.last_activity_at as "lastActivityAt", c.unread_count as "unreadCount",
  c.agent_read_id as "agentReadId", c.customer_read_id as "customerReadId", c.created_at as "createdAt",
  c.reply_window as "replyWindow"`;

/** When a person's conversations were last active, in a statement that has the person's id. */
export const lastActivityOf = (personId: SQL): SQL =>
  sql`(select max(last_activity_at) from conversations where person_id = ${personId})`;

/** Conversations of persons by their time, for a statement that lists persons by it. */
export const ACTIVITY = {
  from: sql`conversations v`,
  personId: sql`v.person_id`,
  at: sql`v.last_activity_at`,
};

/** Conversations with this condition on `c`, optionally locked until the transaction ends. */
export async function selectConversations(
  db: Database | Transaction,
  condition: SQL,
  options: { lock?: boolean } = {},
): Promise<ConversationRecord[]> {
  const rows = await db.execute(sql`
    select ${conversationColumns} from conversations c left join people a on a.id = c.assignee_id
    where ${condition} order by c.id ${options.lock ? sql`for update of c` : sql``}`);
  return rowsOf<ConversationRecord>(rows).map(toRecord);
}

/** A `timestamptz` as both drivers answer it (`2026-01-31 09:30:00.123456+00`) in ISO 8601; cheaper than formatting in SQL. */
export function readInstant<Text extends string | null>(text: Text): Text {
  if (text === null) return text;
  // A page has a hundred of these: what both drivers answer in UTC is taken apart as text.
  if (text.length > 21 && text[10] === " " && text.endsWith("+00")) {
    const milliseconds = text[19] === "." ? text.slice(20, -3).padEnd(3, "0").slice(0, 3) : "000";
    return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z` as Text;
  }
  const iso = text.replace(" ", "T");
  return new Date(/[+-]\d\d$/.test(iso) ? `${iso}:00` : iso).toISOString() as Text;
}

export const toRecord = (row: ConversationRecord): ConversationRecord => ({
  ...row,
  snoozedUntil: readInstant(row.snoozedUntil),
  waitingSince: readInstant(row.waitingSince),
  waitingNoticedAt: readInstant(row.waitingNoticedAt),
  lastActivityAt: readInstant(row.lastActivityAt),
  createdAt: readInstant(row.createdAt),
  blockedAt: readInstant(row.blockedAt),
});

/** Whether its channel limits when it may be answered. */
export const hasReplyWindow = ({
  channel,
  businessConnectionId,
}: Pick<ConversationRecord, "channel" | "businessConnectionId">): boolean =>
  channel === "instagram" || businessConnectionId !== null;

/** The inbox row of a conversation; `presence` is left out where the row is stored, because being online is not an event of the log. */
export function toInboxRow(record: ConversationRecord, presence?: Presence): ConversationRow {
  return {
    id: record.id,
    channel: record.channel,
    customer: {
      id: record.externalId,
      name: record.customerName,
      username: record.customerUsername,
      online: presence?.isOnline(customerKey(record.channel, record.externalId)) ?? false,
    },
    status: record.status,
    snoozedUntil: record.snoozedUntil,
    assignee: record.assigneeId ? { id: record.assigneeId, name: record.assigneeName ?? "" } : null,
    lastMessage:
      record.lastMessageId === null
        ? null
        : {
            id: record.lastMessageId,
            kind: record.lastMessageKind ?? "customer",
            text: record.lastMessageText ?? "",
            photoCount: record.lastMessagePhotos,
            ...(record.lastMessageAttachment === null
              ? {}
              : { attachment: readFirstAttachment(record.lastMessageAttachment) }),
            author: record.lastMessageAuthor ?? "",
          },
    lastActivityAt: record.lastActivityAt,
    unreadCount: record.unreadCount,
    customerReadId: record.customerReadId,
    ...(record.blockedAt === null ? {} : { blockedAt: record.blockedAt }),
    ...(hasReplyWindow(record) ? { replyWindow: record.replyWindow } : {}),
  };
}

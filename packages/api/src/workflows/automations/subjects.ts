import type { Database } from "@pult/db/database.ts";
import type { Viewer } from "../../chats/access.ts";
import { type ChatFacts, chatKey, findContactChat, selectChatFacts } from "../../chats/store/facts.ts";
import { type RecordFacts, selectRecordFacts } from "../../crm/records/rule-facts.ts";
import { selectRecords } from "../../crm/records/select.ts";
import type { CrmRecord } from "../../crm/schema.ts";

/** What an event is about, for conditions and actions. */
export interface Subject {
  chat: ChatFacts | null;
  records: RecordFacts;
}

/** The records that a chat is tied to; the other side of a private one by their Telegram user too. */
export async function recordsOfChat(db: Database, chat: ChatFacts): Promise<RecordFacts> {
  const tied = (type: string) =>
    chat.associations.flatMap(({ entityType, entityId }) => (entityType === type ? entityId : []));
  const userId = chat.type === "private" ? chat.chatId : null;
  return selectRecordFacts(db, { userId, contactIds: tied("contact"), dealIds: tied("deal") });
}

/** Of a contact or a deal: with the chat of its contact that the viewer sees. */
export async function subjectOfRecord(db: Database, viewer: Viewer, record: CrmRecord): Promise<Subject> {
  const contactId = record.entity === "deal" ? record.contactId : record.entity === "contact" ? record.id : null;
  const records = await selectRecordFacts(db, {
    userId: null,
    contactIds: contactId === null ? [] : [contactId],
    dealIds: record.entity === "deal" ? [record.id] : [],
  });
  const [contact] = await selectRecords(db, "contact", records.contactIds, null);
  if (!contact) return { chat: null, records };
  const { id, telegramUserId: userId } = contact;
  const found = await findContactChat(db, viewer, { userId, contactId: id });
  const chat = found ? ((await selectChatFacts(db, [found])).get(chatKey(found)) ?? null) : null;
  return { chat, records };
}

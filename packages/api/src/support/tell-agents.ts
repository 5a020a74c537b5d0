import type { Transaction } from "@pult/db/database.ts";
import type { NoticeKind } from "../notices/kinds.ts";
import { changeLists, type NewNotice, type Notified, rewordNotices, settleNotices } from "../notices/notify.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { assignedNotice, mentionNotice, messageNotice, waitingNotice } from "./notices.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject } from "./subjects.ts";
import { previewOf } from "./text.ts";
import type { Prepared } from "./write-rows.ts";

const PREVIEW_LENGTH = 200;

/** What an agent is told of a conversation is one line for each kind. */
export const noticeAbout = <Data>(kind: NoticeKind<Data>, conversationId: number) => ({
  kind,
  about: conversationSubject(conversationId),
});

/** The same as keys. */
const keysOf = (conversationId: number, kinds: readonly NoticeKind[]): string[] =>
  kinds.map(({ name }) => `${name}:${conversationSubject(conversationId)}`);

/** Kinds that an answer settles for every agent. */
const ANSWERED = [messageNotice, waitingNotice];
/** Kinds that an agent has seen by reading the conversation. */
const SEEN = [...ANSWERED, assignedNotice, mentionNotice];

/** Tells agents of a batch of messages, and settles what was answered. A conversation without an assignee costs nothing. */
export async function tellAgents(
  tx: Transaction,
  now: Date,
  { fresh, messages }: { fresh: readonly Prepared[]; messages: readonly StoredMessage[] },
): Promise<Notified> {
  const answered = new Set<number>();
  let events: NewNotice[] = [];
  fresh.forEach(({ conversation, write }, at) => {
    const message = messages[at];
    if (!message) return;
    if (message.kind === "agent" && (conversation.assigneeId || conversation.waitingNoticedAt)) {
      answered.add(conversation.id);
      const { about } = noticeAbout(messageNotice, conversation.id);
      events = events.filter((event) => event.kind !== messageNotice || event.about !== about);
    }
    if (message.kind === "customer" && conversation.assigneeId) events.push(messageEvent(conversation, message));
    for (const personId of write.mentions) events.push(mentionEvent(conversation, message, personId));
  });
  const keys = [...answered].flatMap((id) => keysOf(id, ANSWERED));
  return changeLists(tx, now, { events, ...(keys.length > 0 ? { settles: { keys } } : {}) });
}

/** By which a notice says which message it quotes. */
export const messageEventOf = (id: number): string => `message:${id}`;

const messageEvent = (conversation: ConversationRecord, { id, text }: StoredMessage): NewNotice => ({
  ...noticeAbout(messageNotice, conversation.id),
  personId: conversation.assigneeId ?? "",
  event: messageEventOf(id),
  data: {
    conversationId: conversation.id,
    customer: conversation.customerName,
    text: previewOf(text, PREVIEW_LENGTH),
  },
});

/** What agents were told of a message says what it says now. */
export const rewordMessage = (tx: Transaction, { id, conversationId, text }: StoredMessage) =>
  rewordNotices(tx, {
    key: `${messageNotice.name}:${conversationSubject(conversationId)}`,
    event: messageEventOf(id),
    data: { text: previewOf(text, PREVIEW_LENGTH) },
  });

const mentionEvent = (conversation: ConversationRecord, message: StoredMessage, personId: string): NewNotice => ({
  ...noticeAbout(mentionNotice, conversation.id),
  personId,
  event: messageEventOf(message.id),
  data: {
    conversationId: conversation.id,
    customer: conversation.customerName,
    by: message.author.name,
    byId: message.author.id,
    text: previewOf(message.text, PREVIEW_LENGTH),
  },
});

/** An agent has the conversation before them; a program that reads it has no list. */
export const settleSeen = async (
  tx: Transaction,
  now: Date,
  { conversationId, personId }: { conversationId: number; personId: string | null },
) => (personId === null ? [] : settleNotices(tx, now, { keys: keysOf(conversationId, SEEN), personId }));

/** Tells the new assignee, unless they did it themselves; what others were told of the conversation is settled. */
export async function tellAssignee(
  tx: Transaction,
  now: Date,
  { record, by }: { record: ConversationRecord; by: { id: string | null; name: string } },
): Promise<Notified> {
  const settles = { keys: keysOf(record.id, [assignedNotice, messageNotice, waitingNotice]) };
  const { assigneeId, id, customerName: customer } = record;
  if (assigneeId === null || assigneeId === by.id) return changeLists(tx, now, { settles });
  const data = { conversationId: id, customer, by: by.name, byId: by.id };
  const event = `assigned:${now.toISOString()}`;
  const told = { ...noticeAbout(assignedNotice, id), personId: assigneeId, event, data };
  return changeLists(tx, now, { settles, events: [told] });
}

/** A resolved conversation needs no answer. */
export const settleResolved = (
  tx: Transaction,
  now: Date,
  { record }: { record: ConversationRecord },
): Promise<Notified> => changeLists(tx, now, { settles: { keys: keysOf(record.id, ANSWERED) } });

import type { Outcome } from "@pult/db/batch-writer.ts";
import type { Transaction } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import { enqueue, type OutboxItem } from "../outbox/outbox.ts";
import { appendToLogs, type NewEntry } from "../realtime/log.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { lockConversations, saveConversations, type Touched } from "./conversation-write.ts";
import { supportError } from "./errors.ts";
import { customerKey } from "./events.ts";
import { inboxEntry, messageEntries } from "./log-entries.ts";
import { type FoundMessage, selectMessages } from "./message-rows.ts";
import { attachPhotos, claimPhotos } from "./photos.ts";
import { planDeliveries } from "./plan-deliveries.ts";
import { planRename } from "./plan-edits.ts";
import { laterWindow, readReplyRules, replyRefusal } from "./reply-window.ts";
import { deliveryRoutesOf } from "./routes.ts";
import type { Delivery } from "./schema.ts";
import { firstAttachment, type StoredMessage } from "./stored.ts";
import type { Outgoing } from "./telegram-calls.ts";
import { tellAgents } from "./tell-agents.ts";
import type { MessageWrite, MessageWriterDeps, WrittenMessage } from "./write.ts";
import { contentOf, insertMessages, insertOrigins, type Prepared, type Quoted, quotesOf } from "./write-rows.ts";

type Results = Outcome<WrittenMessage>[];

/**
 * Stores a batch of messages with everything that follows from them: conversations, logs, outbox. A handful of set-based statements,
 * however many messages. Conversations are locked in the order of their ids, so batches of several nodes wait for each other.
 */
export async function applyMessages(
  tx: Transaction,
  writes: readonly MessageWrite[],
  deps: MessageWriterDeps,
): Promise<Results> {
  const results: Results = new Array(writes.length);
  const touched = await lockConversations(
    tx,
    writes.map((write) => write.conversation),
  );
  const known = await selectRepeats(tx, writes, touched);
  const answers = writes.map((write, index) => ({ write, channel: touched[index]?.record.channel }));
  const rules = await readReplyRules(tx, answers, deps);
  const claims = await claimPhotos(tx, writes);
  const fresh: Prepared[] = [];
  const firstOfBatch = new Map<string, number>();
  const duplicates: [index: number, original: number][] = [];

  writes.forEach((write, index) => {
    const place = touched[index];
    if (!place) {
      refuse(results, index, supportError("conversationNotFound"));
      return;
    }
    const key = write.clientId === null ? null : `${place.record.id} ${write.clientId}`;
    const before = key === null ? undefined : known.get(key);
    if (before) {
      answerRepeat(results, index, { before, write });
      return;
    }
    const twin = key === null ? undefined : firstOfBatch.get(key);
    if (twin !== undefined) {
      duplicates.push([index, twin]);
      return;
    }
    const claim = claims[index];
    const refusal = claim?.error ?? replyRefusal(write, place.record, rules);
    if (refusal) {
      refuse(results, index, refusal);
      return;
    }
    if (key !== null) firstOfBatch.set(key, index);
    const attachments = [...(claim?.attachments ?? []), ...write.attachments];
    fresh.push({ index, write, conversation: place.record, photos: claim?.photos ?? [], attachments });
  });

  const stored = fresh.length > 0 ? await store(tx, { fresh, touched, deps }) : null;
  stored?.messages.forEach((message, at) => {
    const index = fresh[at]?.index ?? -1;
    results[index] = {
      ok: true,
      value: { message, repeated: false, appended: at === 0 ? stored.appended : null, owes: stored.owes },
    };
  });
  for (const [index, original] of duplicates) answerTwin(results, { index, original, writes });
  return results;
}

function refuse(results: Results, index: number, error: unknown): void {
  results[index] = { ok: false, error };
}

const conflict = () => supportError("clientIdReused");

function answerRepeat(
  results: Results,
  index: number,
  { before, write }: { before: FoundMessage; write: MessageWrite },
): void {
  if (before.contentHash !== write.contentHash) refuse(results, index, conflict());
  else results[index] = { ok: true, value: { message: before.message, repeated: true, appended: null, owes: false } };
}

/** Two writes with one client id in one batch: the second is a repeat of the first, or in conflict with it. */
function answerTwin(
  results: Results,
  twin: { index: number; original: number; writes: readonly MessageWrite[] },
): void {
  const first = results[twin.original];
  if (first?.ok !== true || twin.writes[twin.original]?.contentHash !== twin.writes[twin.index]?.contentHash) {
    refuse(results, twin.index, first?.ok === false ? first.error : conflict());
    return;
  }
  results[twin.index] = {
    ok: true,
    value: { message: first.value.message, repeated: true, appended: null, owes: false },
  };
}

async function selectRepeats(
  tx: Transaction,
  writes: readonly MessageWrite[],
  touched: (Touched | null)[],
): Promise<Map<string, FoundMessage>> {
  const wanted = writes.flatMap((write, index) => {
    const place = touched[index];
    return write.clientId !== null && place && !place.created ? [{ c: place.record.id, k: write.clientId }] : [];
  });
  if (wanted.length === 0) return new Map();
  const found = await selectMessages(
    tx,
    sql`(m.conversation_id, m.client_id) in
        (select c, k from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(c bigint, k text))`,
  );
  return new Map(found.map((one) => [`${one.message.conversationId} ${one.message.clientId}`, one]));
}

async function store(
  tx: Transaction,
  batch: { fresh: Prepared[]; touched: (Touched | null)[]; deps: MessageWriterDeps },
) {
  const { fresh, deps } = batch;
  const at = deps.now();
  const now = at.toISOString();
  const quotes = await quotesOf(tx, fresh);
  const ids = await insertMessages(tx, fresh, { now, quotes });
  const items: OutboxItem[] = [];
  const messages = fresh.map((prepared, index) => {
    const id = ids[index];
    if (id === undefined) throw new Error("A message was not stored");
    const quote = quotes[index] ?? null;
    const message = toStored(prepared, { id, now, quote });
    const outgoing = { message, conversation: prepared.conversation, origin: prepared.write.origin };
    const owed = owedBy(outgoing, deps, at);
    items.push(...owed);
    return { ...message, deliveries: pendingRoutes(owed) };
  });
  items.push(...renames(batch, messages, at));
  const changed = applyToConversations(fresh, messages, now);
  // What settles an item locks it before any log: so do these, which expedite items.
  await enqueue(tx, items);
  const told = await tellAgents(tx, at, { fresh, messages });
  const [appended] = await Promise.all([
    appendToLogs(tx, [...told.entries, ...entriesOf(fresh, messages, changed)]),
    saveConversations(tx, changed),
    attachPhotos(tx, messages),
    insertOrigins(tx, fresh, messages),
  ]);
  return { messages, appended, owes: items.length > 0 || told.owes };
}

/** Topics follow the names of customers. */
function renames(
  { fresh, touched, deps }: { fresh: Prepared[]; touched: (Touched | null)[]; deps: MessageWriterDeps },
  messages: readonly StoredMessage[],
  now: Date,
): OutboxItem[] {
  const renamed = new Map<number, OutboxItem[]>();
  fresh.forEach(({ index, conversation }, at) => {
    const message = messages[at];
    if (!touched[index]?.renamed || !message || renamed.has(conversation.id)) return;
    renamed.set(conversation.id, planRename({ message, conversation }, { routes: deliveryRoutesOf(deps), now }));
  });
  return [...renamed.values()].flat();
}

function owedBy(outgoing: Outgoing, deps: MessageWriterDeps, now: Date): OutboxItem[] {
  const routes = deliveryRoutesOf(deps);
  const { channel, externalId } = outgoing.conversation;
  const online = deps.presence.isOnline(customerKey(channel, externalId));
  return planDeliveries(outgoing, { routes: { ...routes, pushDelayMs: online ? routes.pushDelayMs : 0 }, now });
}

const pendingRoutes = (owed: OutboxItem[]): Delivery[] =>
  [...new Set(owed.map(({ route }) => route as Delivery["leg"]))].map((leg) => ({
    leg,
    state: "pending",
    reason: null,
    retryAt: null,
  }));

function toStored(
  { write, conversation, photos, attachments }: Prepared,
  rest: { id: number; now: string; quote: Quoted },
): StoredMessage {
  const { sources: _, ...content } = contentOf({ write, attachments }) ?? {};
  return {
    id: rest.id,
    conversationId: conversation.id,
    kind: write.kind,
    text: write.text,
    photos,
    ...content,
    author: write.author,
    source: write.source,
    clientId: write.clientId,
    replyTo: rest.quote,
    change: write.change,
    createdAt: write.writtenAt?.toISOString() ?? rest.now,
    editedAt: null,
    deliveries: [],
  };
}

/** What the messages do to their conversations, in order. */
function applyToConversations(fresh: Prepared[], messages: StoredMessage[], at: string): ConversationRecord[] {
  const changed = new Map<number, ConversationRecord>();
  fresh.forEach(({ conversation, write }, index) => {
    const message = messages[index];
    if (!message) return;
    const record = changed.get(conversation.id) ?? { ...conversation };
    changed.set(conversation.id, record);
    // A greeting is nothing an agent has to see: it neither lifts a conversation nor makes one appear.
    if (message.kind === "event" || message.kind === "greeting") return;
    record.lastMessageId = message.id;
    record.lastMessageKind = message.kind;
    record.lastMessageText = message.text.slice(0, 200).toWellFormed();
    record.lastMessagePhotos = message.photos.length;
    record.lastMessageAttachment = firstAttachment(message);
    record.lastMessageAuthor = message.author.name;
    // What arrives late was written before: the list keeps the order of arrival.
    record.lastActivityAt = at;
    record.businessConnectionId = write.businessConnectionId ?? record.businessConnectionId;
    record.replyWindow = laterWindow(record.replyWindow, write.opens);
    if (message.kind === "customer") {
      record.unreadCount += 1;
      record.status = "open";
      record.snoozedUntil = null;
      record.customerReadId = message.id;
      record.waitingSince ??= at;
      // Who writes to the bot does not block it.
      record.blockedAt = null;
    }
    if (message.kind === "agent") {
      record.unreadCount = 0;
      record.agentReadId = message.id;
      record.waitingSince = null;
      record.waitingNoticedAt = null;
    }
  });
  return [...changed.values()];
}

function entriesOf(fresh: Prepared[], messages: StoredMessage[], changed: ConversationRecord[]): NewEntry[] {
  const sent = messages.flatMap((message, at) => {
    const conversation = fresh[at]?.conversation;
    return conversation ? messageEntries("messageSent", message, conversation) : [];
  });
  return [...sent, ...changed.filter((record) => record.lastMessageId !== null).map(inboxEntry)];
}

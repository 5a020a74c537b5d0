import type { Transaction } from "@pult/db/database.ts";
import { messages } from "@pult/db/schema/support.ts";
import { sql } from "drizzle-orm";
import { nameOfStaff, requireStaff, type Staff } from "../auth/permissions.ts";
import { listAgents } from "../auth/team/team.ts";
import type { Context } from "../context.ts";
import { readConnection } from "../instagram/connection.ts";
import type { Notified } from "../notices/notify.ts";
import { lockDeliveries, retryDeliveries } from "../outbox/deliveries.ts";
import { publishDue } from "../outbox/outbox.ts";
import type { Device } from "../push/schema.ts";
import { listSubscriptions, pushTest, selectActive, toDevice } from "../push/subscriptions.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { storableText } from "../storable.ts";
import { topicOf } from "../telegram/forum.ts";
import { type ConversationRecord, selectConversations, toInboxRow } from "./conversation-rows.ts";
import { saveConversations } from "./conversation-write.ts";
import { uploaderOf } from "./customer.ts";
import { supportError } from "./errors.ts";
import { conversationTopic, customerKey, customerTopic } from "./events.ts";
import { conversationEntries } from "./log-entries.ts";
import { selectMessages } from "./message-rows.ts";
import { messageWriterOf } from "./message-writer.ts";
import type {
  ChangeEvent,
  ConversationDetail,
  ConversationPage,
  ConversationRow,
  NoteInput,
  ReplyInput,
  SetStatusInput,
} from "./schema.ts";
import { presentMessage } from "./stored.ts";
import { conversationSubject, messageSubject } from "./subjects.ts";
import { settleResolved, settleSeen, tellAssignee } from "./tell-agents.ts";
import { hashContent } from "./text.ts";
import type { NewMessage } from "./write.ts";

/**
 * Answers the customer; acknowledged means committed, and everything it owes (Telegram, push) stands in the outbox.
 * @throws DomainError `NOT_FOUND`, `VALIDATION` when it is empty, `CONFLICT` when the client id was used for other content
 */
export async function reply(ctx: Context, input: ReplyInput) {
  const staff = requireStaff(ctx.actor, "support:write");
  const text = storableText(input.text);
  if (text.trim() === "" && input.photoIds.length === 0) throw supportError("replyEmpty");
  return writeAsStaff(ctx, staff, {
    conversation: { id: input.conversationId },
    kind: "agent",
    text,
    photoIds: input.photoIds,
    ownerRef: uploaderOf(ctx.actor),
    clientId: input.clientId,
    contentHash: hashContent(["reply", text, input.photoIds]),
    replyToId: input.replyToId ?? null,
  });
}

/** Leaves a note that only agents see. @throws DomainError as `reply` */
export async function note(ctx: Context, input: NoteInput) {
  const staff = requireStaff(ctx.actor, "support:write");
  const text = storableText(input.text);
  if (text.trim() === "") throw supportError("noteEmpty");
  return writeAsStaff(ctx, staff, {
    conversation: { id: input.conversationId },
    kind: "note",
    text,
    clientId: input.clientId,
    contentHash: hashContent(["note", text]),
    mentions: await mentionsIn(ctx, { text, mentions: input.mentions ?? [], by: nameOfStaff(staff).id }),
  });
}

/** The agents whom a note names, by id or as `@Name`; not its author. */
async function mentionsIn(
  ctx: Context,
  { text, mentions, by }: { text: string; mentions: readonly string[]; by: string | null },
): Promise<string[]> {
  if (mentions.length === 0 && !text.includes("@")) return [];
  const words = text.toLowerCase();
  const named = (await listAgents(ctx)).filter(
    ({ id, name }) => mentions.includes(id) || words.includes(`@${name.toLowerCase()}`),
  );
  return named.map(({ id }) => id).filter((id) => id !== by);
}

async function writeAsStaff(ctx: Context, staff: Staff, content: Omit<NewMessage, "author" | "source">) {
  const source = staff.kind === "agent" ? "dashboard" : "api";
  const { message } = await messageWriterOf(ctx).write({ ...content, author: nameOfStaff(staff), source });
  return { message: presentMessage(message, ctx.mediaLinks, "agent") };
}

/**
 * Assigns a conversation to an agent, or to no one.
 * @throws DomainError `NOT_FOUND` for an unknown conversation, `VALIDATION` for an unknown agent
 */
export async function assign(ctx: Context, input: { conversationId: number; assigneeId: string | null }) {
  requireStaff(ctx.actor, "support:write");
  const agents = input.assigneeId === null ? [] : await listAgents(ctx);
  const agent = agents.find((one) => one.id === input.assigneeId) ?? null;
  if (input.assigneeId !== null && !agent) throw supportError("assigneeNotFound");
  const apply = (record: ConversationRecord): ChangeEvent | null => {
    if (record.assigneeId === input.assigneeId) return null;
    record.assigneeId = input.assigneeId;
    record.assigneeName = agent?.name ?? null;
    return { type: "assigned", assignee: record.assigneeName };
  };
  return change(ctx, input.conversationId, { apply, tell: tellAssignee });
}

/**
 * Opens, parks, snoozes or resolves a conversation.
 * @throws DomainError `NOT_FOUND`, `VALIDATION` when it would be snoozed until the past
 */
export async function setStatus(ctx: Context, input: SetStatusInput) {
  requireStaff(ctx.actor, "support:write");
  const until = input.status === "snoozed" ? new Date(input.until) : null;
  if (until && until <= ctx.now()) throw supportError("snoozeInPast");
  const isResolved = input.status === "resolved";
  const apply = (record: ConversationRecord): ChangeEvent | null => {
    const snoozedUntil = until?.toISOString() ?? null;
    if (record.status === input.status && record.snoozedUntil === snoozedUntil) return null;
    record.status = input.status;
    record.snoozedUntil = snoozedUntil;
    if (isResolved) Object.assign(record, { waitingSince: null, waitingNoticedAt: null });
    return { type: "status", status: input.status, snoozedUntil };
  };
  return change(ctx, input.conversationId, { apply, tell: isResolved ? settleResolved : tellNobody });
}

/** What a change of a conversation does. */
interface Change {
  /** Changes the record. @returns the line in the thread; null when nothing changes */
  apply(record: ConversationRecord): ChangeEvent | null;
  tell(
    tx: Transaction,
    now: Date,
    changed: { record: ConversationRecord; by: { id: string | null; name: string } },
  ): Promise<Notified>;
}

const tellNobody: Change["tell"] = async () => ({ entries: [], owes: false });

/** Applies a change that leaves a line in the thread, atomically with its announcement; one that changes nothing leaves nothing. */
async function change(
  ctx: Context,
  conversationId: number,
  { apply, tell }: Change,
): Promise<{ conversation: ConversationRow }> {
  const staff = requireStaff(ctx.actor, "support:write");
  const { record, written, told } = await ctx.db.transaction(async (tx) => {
    const [found] = await selectConversations(tx, sql`c.id = ${conversationId}`, { lock: true });
    if (!found) throw supportError("conversationNotFound");
    const event = apply(found);
    if (!event) return { record: found, written: null };
    await saveConversations(tx, [found]);
    const by = nameOfStaff(staff);
    const { entries, owes } = await tell(tx, ctx.now(), { record: found, by });
    const told = { owes, appended: await appendToLogs(tx, entries) };
    const written = await messageWriterOf(ctx).writeIn(tx, {
      conversation: { id: conversationId },
      kind: "event",
      author: by,
      source: staff.kind === "agent" ? "dashboard" : "system",
      change: event,
    });
    return { record: found, written, told };
  });
  if (written) messageWriterOf(ctx).publish([written]);
  if (told) publishAppended(ctx.bus, told.appended);
  if (told?.owes) publishDue(ctx.bus);
  return { conversation: toInboxRow(record, ctx.presence) };
}

/** Clears the unread mark up to a message, and lets the customer see that it was read. */
export async function markConversationRead(
  ctx: Context,
  input: { conversationId: number; messageId: number },
): Promise<void> {
  const staff = requireStaff(ctx.actor, "support:write");
  const appended = await ctx.db.transaction(async (tx) => {
    const [record] = await selectConversations(tx, sql`c.id = ${input.conversationId}`, { lock: true });
    if (!record) throw supportError("conversationNotFound");
    const seen = { conversationId: record.id, personId: staff.kind === "agent" ? staff.personId : null };
    const settled = await settleSeen(tx, ctx.now(), seen);
    const readId = Math.min(input.messageId, record.lastMessageId ?? 0);
    if (readId <= record.agentReadId && record.unreadCount === 0) return appendToLogs(tx, settled);
    record.agentReadId = Math.max(record.agentReadId, readId);
    const unread = sql`conversation_id = ${record.id} and id > ${record.agentReadId} and kind = 'customer'`;
    record.unreadCount = await tx.$count(messages, unread);
    await saveConversations(tx, [record]);
    const topic = customerTopic.name(customerKey(record.channel, record.externalId));
    const read = { topic, payload: { type: "read", agentReadId: record.agentReadId } };
    return appendToLogs(tx, [...settled, ...conversationEntries(record), read]);
  });
  publishAppended(ctx.bus, appended);
}

/** A conversation with its newest page of messages, notes and event lines, oldest first. @throws DomainError `NOT_FOUND` */
export async function getConversation(
  ctx: Context,
  input: { conversationId: number; limit: number; beforeId?: number | undefined },
): Promise<ConversationPage> {
  requireStaff(ctx.actor, "support:read");
  const before = input.beforeId === undefined ? sql`` : sql`and m.id < ${input.beforeId}`;
  const [[record], found] = await Promise.all([
    selectConversations(ctx.db, sql`c.id = ${input.conversationId}`),
    selectMessages(ctx.db, sql`m.conversation_id = ${input.conversationId} ${before}`, {
      tail: sql`order by m.id desc limit ${input.limit + 1}`,
      deliveries: true,
    }),
  ]);
  if (!record) throw supportError("conversationNotFound");
  const messages = found
    .slice(0, input.limit)
    .reverse()
    .map((one) => presentMessage(one.message, ctx.mediaLinks, "agent"));
  const devices = await selectDevices(ctx.db, record);
  return { conversation: await detailOf(ctx, record, devices), messages, hasMore: found.length > input.limit };
}

async function detailOf(ctx: Context, record: ConversationRecord, devices: Device[]): Promise<ConversationDetail> {
  return {
    ...toInboxRow(record, ctx.presence),
    createdAt: record.createdAt,
    languageCode: record.languageCode,
    ...(record.origin === null ? {} : { origin: record.origin }),
    telegram: {
      topicId: await topicOf(ctx.db, conversationSubject(record.id)),
      userId: record.channel === "telegram" ? record.externalId : null,
    },
    devices,
    ...(await blockedBy(ctx, record)),
  };
}

/** Why nothing can be sent on the conversation's channel now. */
async function blockedBy({ db, instagram }: Context, { channel }: ConversationRecord): Promise<{ blocked?: string }> {
  if (channel !== "instagram") return {};
  if (!instagram) return { blocked: "INSTAGRAM_ACCESS_TOKEN" };
  const failure = (await readConnection(db, instagram))?.failure;
  return failure ? { blocked: failure } : {};
}

/** The customer's newest devices, as agents see them. */
async function selectDevices(db: Context["db"], { channel, externalId }: ConversationRecord): Promise<Device[]> {
  return (await listSubscriptions(db, { namespace: channel, externalId })).map(toDevice);
}

/** Puts the failed deliveries of a message back into the outbox. @throws DomainError `NOT_FOUND` */
export async function retryDelivery(ctx: Context, input: { messageId: number }) {
  requireStaff(ctx.actor, "support:write");
  const { message, appended } = await ctx.db.transaction(async (tx) => {
    await retryDeliveries(tx, messageSubject(input.messageId), ctx.now());
    await lockDeliveries(tx, messageSubject(input.messageId));
    const [found] = await selectMessages(tx, sql`m.id = ${input.messageId}`, { deliveries: true });
    if (!found) throw supportError("messageNotFound");
    const { message } = found;
    const payload = { type: "deliveryChanged", messageId: message.id, deliveries: message.deliveries };
    return {
      message,
      appended: await appendToLogs(tx, [{ topic: conversationTopic.name(message.conversationId), payload }]),
    };
  });
  publishAppended(ctx.bus, appended);
  publishDue(ctx.bus);
  return { message: presentMessage(message, ctx.mediaLinks, "agent") };
}

/** Sends a test push to one device and shows what the provider said. @throws DomainError `NOT_FOUND` */
export async function testPush(ctx: Context, input: { conversationId: number; deviceId: string }) {
  requireStaff(ctx.actor, "support:write");
  const [conversation] = await selectConversations(ctx.db, sql`c.id = ${input.conversationId}`);
  const customer = conversation && { namespace: conversation.channel, externalId: conversation.externalId };
  const devices = customer ? await selectActive(ctx.db, customer) : [];
  const device = devices.find(({ id }) => id === input.deviceId);
  if (!device) throw supportError("deviceNotFound");
  return pushTest(ctx, device);
}

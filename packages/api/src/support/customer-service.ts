import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { countSubscriptions, requireStorable, subscribe } from "../push/subscriptions.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { storableText } from "../storable.ts";
import type { StoredAttachment } from "./content.ts";
import { selectConversations } from "./conversation-rows.ts";
import { lockConversations, saveConversations } from "./conversation-write.ts";
import { customerOf, refOf, sourceOf, uploaderOf } from "./customer.ts";
import { supportError } from "./errors.ts";
import { customerKey, customerTopic } from "./events.ts";
import { greetCustomer } from "./greeting.ts";
import { conversationEntries } from "./log-entries.ts";
import { selectMessages } from "./message-rows.ts";
import { messageWriterOf } from "./message-writer.ts";
import type { CustomerHistory, HistoryInput, RegisterDeviceInput, ReplyWindow, SendInput, Source } from "./schema.ts";
import { presentMessage, type StoredMessage } from "./stored.ts";
import { hashContent, lineOf } from "./text.ts";
import type { NewMessage, TelegramOrigin, WrittenMessage } from "./write.ts";

/** A message of a customer, from any transport. */
export interface CustomerMessage {
  /** Left out, by how the customer is signed in. */
  source?: Source;
  text: string;
  photoIds: string[];
  clientId: string | null;
  /** What the client id stands for; left out, the text and photo ids. */
  contentHash?: string;
  replyToId?: number;
  attachments?: readonly StoredAttachment[];
  content?: NewMessage["content"];
  writtenAt?: Date;
  origin?: TelegramOrigin;
  businessConnectionId?: string | null;
  opens?: ReplyWindow;
}

/**
 * Stores a customer's message; acknowledged means committed.
 * @throws DomainError `VALIDATION` when it is empty, `CONFLICT` when the client id was used for other content
 */
export async function sendAsCustomer(
  ctx: Context,
  customer: Customer,
  message: CustomerMessage,
): Promise<WrittenMessage> {
  const text = storableText(message.text);
  const attachments = message.attachments ?? [];
  if (text.trim() === "" && message.photoIds.length + attachments.length === 0) throw supportError("messageEmpty");
  return messageWriterOf(ctx).write({
    conversation: refOf(customer),
    kind: "customer",
    text,
    photoIds: message.photoIds,
    ownerRef: uploaderOf(ctx.actor),
    author: {
      id: customer.externalId,
      name: lineOf(customer.name) ?? lineOf(customer.username) ?? customer.externalId,
    },
    source: message.source ?? sourceOf(customer),
    clientId: message.clientId,
    contentHash: message.clientId === null ? null : (message.contentHash ?? hashContent([text, message.photoIds])),
    replyToId: message.replyToId ?? null,
    attachments,
    content: message.content ?? {},
    writtenAt: message.writtenAt ?? null,
    origin: message.origin ?? null,
    businessConnectionId: message.businessConnectionId ?? null,
    opens: message.opens ?? null,
  });
}

/** tRPC `support.send`. @throws DomainError as `sendAsCustomer` and `customerOf` */
export async function send(ctx: Context, input: SendInput) {
  const source = ctx.actor.kind === "apiKey" ? { source: "api" as const } : {};
  const written = await sendAsCustomer(ctx, customerOf(ctx, input, "write"), { ...input, ...source });
  return { message: presentMessage(written.message, ctx.mediaLinks, "customer") };
}

/** Newest page of what the customer may see, oldest first, after today's greeting where one is due. */
export async function readHistory(
  ctx: Context,
  customer: Customer,
  page: { limit: number; beforeId?: number | undefined },
) {
  const greeted = page.beforeId === undefined ? await greetCustomer(ctx, customer) : false;
  const before = page.beforeId === undefined ? sql`` : sql`and m.id < ${page.beforeId}`;
  const found = await selectMessages(
    ctx.db,
    sql`m.conversation_id = (select id from conversations where channel = ${customer.namespace} and external_id = ${customer.externalId})
        and m.kind in ('customer', 'agent', 'greeting') ${before}`,
    { tail: sql`order by m.id desc limit ${page.limit + 1}` },
  );
  const hasMore = found.length > page.limit;
  const messages: StoredMessage[] = found
    .slice(0, page.limit)
    .map((one) => one.message)
    .reverse();
  return { messages, hasMore, greeted };
}

/** tRPC `support.history`. */
export async function history(ctx: Context, input: HistoryInput): Promise<CustomerHistory> {
  return readHistoryPage(ctx, customerOf(ctx, input, "read"), input);
}

export async function readHistoryPage(
  ctx: Context,
  customer: Customer,
  page: { limit: number; beforeId?: number | undefined },
): Promise<CustomerHistory> {
  const [{ messages, hasMore }, marks] = await Promise.all([
    readHistory(ctx, customer, page),
    readMarks(ctx, customer),
  ]);
  return {
    messages: messages.map((message) => presentMessage(message, ctx.mediaLinks, "customer")),
    hasMore,
    ...marks,
  };
}

async function readMarks(
  ctx: Context,
  customer: Customer,
): Promise<Pick<CustomerHistory, "agentReadId" | "customerReadId">> {
  const [marks] = rowsOf<{ agentReadId: number; customerReadId: number }>(
    await ctx.db.execute(sql`
      select agent_read_id as "agentReadId", customer_read_id as "customerReadId" from conversations
      where channel = ${customer.namespace} and external_id = ${customer.externalId}`),
  );
  return marks ?? { agentReadId: 0, customerReadId: 0 };
}

/** Moves the customer's read mark forward; a push that waits for it is then not sent. */
export async function markRead(ctx: Context, customer: Customer, messageId: number): Promise<void> {
  const appended = await ctx.db.transaction(async (tx) => {
    const [touched] = await lockExisting(tx, customer);
    const readId = Math.min(messageId, touched?.lastMessageId ?? 0);
    if (!touched || readId <= touched.customerReadId) return null;
    touched.customerReadId = readId;
    await saveConversations(tx, [touched]);
    return appendToLogs(tx, conversationEntries(touched));
  });
  if (appended) publishAppended(ctx.bus, appended);
}

function lockExisting(tx: Parameters<typeof selectConversations>[0], customer: Customer) {
  return selectConversations(tx, sql`c.channel = ${customer.namespace} and c.external_id = ${customer.externalId}`, {
    lock: true,
  });
}

/**
 * Registers a device of the customer.
 * @returns how many active devices they have
 * @throws DomainError `VALIDATION` for text that cannot be kept
 */
export async function registerDevice(
  ctx: Context,
  customer: Customer,
  { target, platform, deviceId }: Omit<RegisterDeviceInput, "userId">,
): Promise<{ deviceCount: number }> {
  requireStorable({ target, platform, deviceId });
  return ctx.db.transaction(async (tx) => {
    const [touched] = await lockConversations(tx, [refOf(customer)]);
    if (!touched) throw new Error("The conversation was not made");
    const { personId } = touched.record;
    const registration = { personId, identity: customer, target, platform, deviceId: deviceId ?? null, now: ctx.now() };
    return { deviceCount: await subscribe(tx, registration) };
  });
}

/** How many active devices a customer has. */
export const countDevices = (ctx: Context, customer: Customer): Promise<number> => countSubscriptions(ctx.db, customer);

export const customerTopicOf = (customer: Customer): string =>
  customerTopic.name(customerKey(customer.namespace, customer.externalId));

import { rowsOf } from "@pult/db/rows.ts";
import { devices } from "@pult/db/schema/support.ts";
import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { malformed } from "../errors.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { isStorable, storableText } from "../storable.ts";
import { selectConversations, toInboxRow } from "./conversation-rows.ts";
import { lockConversations, saveConversations } from "./conversation-write.ts";
import { customerOf, refOf, sourceOf, uploaderOf } from "./customer.ts";
import { supportError } from "./errors.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic } from "./events.ts";
import { greetCustomer } from "./greeting.ts";
import { selectMessages } from "./message-rows.ts";
import type { CustomerHistory, HistoryInput, RegisterDeviceInput, SendInput, Source } from "./schema.ts";
import { presentMessage, type StoredMessage } from "./stored.ts";
import { hashContent } from "./text.ts";
import type { TelegramOrigin, WrittenMessage } from "./write.ts";

/** Devices a customer may have; each gets every push. */
export const MAX_DEVICES = 20;

/** What a customer sends, from whatever door. */
export interface CustomerMessage {
  /** Left out, by how the customer is signed in. */
  source?: Source;
  text: string;
  photoIds: string[];
  clientId: string | null;
  /** What the client id stands for; left out, the text and photo ids. */
  contentHash?: string;
  replyToId?: number;
  origin?: TelegramOrigin;
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
  if (text.trim() === "" && message.photoIds.length === 0) throw supportError("messageEmpty");
  return ctx.messageWriter.write({
    conversation: refOf(customer),
    kind: "customer",
    text,
    photoIds: message.photoIds,
    ownerRef: uploaderOf(ctx.actor),
    author: { id: customer.externalId, name: customer.name ?? customer.username ?? customer.externalId },
    source: message.source ?? sourceOf(customer),
    clientId: message.clientId,
    contentHash: message.clientId === null ? null : (message.contentHash ?? hashContent([text, message.photoIds])),
    replyToId: message.replyToId ?? null,
    change: null,
    origin: message.origin ?? null,
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
  const [{ messages, hasMore }, agentReadId] = await Promise.all([
    readHistory(ctx, customer, page),
    readAgentMark(ctx, customer),
  ]);
  return {
    messages: messages.map((message) => presentMessage(message, ctx.mediaLinks, "customer")),
    hasMore,
    agentReadId,
  };
}

async function readAgentMark(ctx: Context, customer: Customer): Promise<number> {
  const rows = rowsOf<{ id: number | string }>(
    await ctx.db.execute(sql`
      select agent_read_id as id from conversations where channel = ${customer.namespace} and external_id = ${customer.externalId}`),
  );
  return Number(rows[0]?.id ?? 0);
}

/** Moves the customer's read mark forward; a push that waits for it is then not sent. */
export async function markRead(ctx: Context, customer: Customer, messageId: number): Promise<void> {
  const appended = await ctx.db.transaction(async (tx) => {
    const [touched] = await lockExisting(tx, customer);
    const readId = Math.min(messageId, touched?.lastMessageId ?? 0);
    if (!touched || readId <= touched.customerReadId) return null;
    touched.customerReadId = readId;
    await saveConversations(tx, [touched]);
    const conversation = toInboxRow(touched);
    return appendToLogs(tx, [
      { topic: conversationTopic.name(touched.id), payload: { type: "conversationChanged", conversation } },
      { topic: inboxTopic.name("all"), payload: { type: "conversationChanged", conversation } },
    ]);
  });
  if (appended) publishAppended(ctx.bus, appended);
}

function lockExisting(tx: Parameters<typeof selectConversations>[0], customer: Customer) {
  return selectConversations(tx, sql`c.channel = ${customer.namespace} and c.external_id = ${customer.externalId}`, {
    lock: true,
  });
}

/**
 * Ties a device to the customer; the same token again is the same device, moved to whoever registers it now. Of more than `MAX_DEVICES`
 * the oldest give way.
 * @returns how many devices of his are alive
 * @throws DomainError `VALIDATION` for text that cannot be kept
 */
export async function registerDevice(
  ctx: Context,
  customer: Customer,
  input: Omit<RegisterDeviceInput, "userId">,
): Promise<{ deviceCount: number }> {
  const { target } = input;
  const token = target.provider === "fcm" ? target.token : target.subscription.endpoint;
  const keys = target.provider === "fcm" ? null : target.subscription.keys;
  if (![token, input.platform, input.deviceId ?? "", ...Object.values(keys ?? {})].every(isStorable))
    throw malformed("The device's description holds characters that cannot be kept");
  return ctx.db.transaction(async (tx) => {
    const [touched] = await lockConversations(tx, [refOf(customer)]);
    if (!touched) throw new Error("The conversation was not made");
    const conversationId = touched.record.id;
    if (input.deviceId)
      await removeOlder(tx, {
        conversationId,
        deviceId: input.deviceId,
        provider: target.provider,
        token,
        now: ctx.now(),
      });
    const fresh = {
      conversationId,
      keys,
      platform: input.platform,
      deviceId: input.deviceId ?? null,
      registeredAt: ctx.now(),
      removedAt: null,
    };
    await tx
      .insert(devices)
      .values({ ...fresh, provider: target.provider, token })
      .onConflictDoUpdate({ target: [devices.provider, devices.token], set: fresh });
    await removeBeyondMost(tx, { conversationId, provider: target.provider, token, now: ctx.now() });
    const alive = await tx.select({ id: devices.id }).from(devices).where(aliveOf(conversationId));
    return { deviceCount: alive.length };
  });
}

const aliveOf = (conversationId: number) => and(eq(devices.conversationId, conversationId), isNull(devices.removedAt));

type Transaction = Parameters<Parameters<Context["db"]["transaction"]>[0]>[0];

interface Registered {
  conversationId: number;
  provider: string;
  token: string;
  now: Date;
}

/** One device has one token: its new one replaces the old. */
async function removeOlder(tx: Transaction, device: Registered & { deviceId: string }): Promise<void> {
  await tx
    .update(devices)
    .set({ removedAt: device.now, lastPushReason: "Replaced by a newer token" })
    .where(
      and(
        aliveOf(device.conversationId),
        eq(devices.deviceId, device.deviceId),
        eq(devices.provider, device.provider),
        sql`${devices.token} <> ${device.token}`,
      ),
    );
}

/** Keeps the newest devices, and the one that was registered now. */
async function removeBeyondMost(tx: Transaction, { conversationId, provider, token, now }: Registered): Promise<void> {
  const isThis = sql`${devices.provider} = ${provider} and ${devices.token} = ${token}`;
  const tooMany = await tx
    .select({ id: devices.id })
    .from(devices)
    .where(aliveOf(conversationId))
    .orderBy(sql`(${isThis}) desc, ${devices.registeredAt} desc, ${devices.id}`)
    .offset(MAX_DEVICES);
  if (tooMany.length === 0) return;
  const ids = tooMany.map(({ id }) => id);
  await tx
    .update(devices)
    .set({ removedAt: now, lastPushReason: `One of more than ${MAX_DEVICES}; newer ones replaced it` })
    .where(inArray(devices.id, ids));
}

/** How many living devices a customer has. */
export async function countDevices(ctx: Context, customer: Customer): Promise<number> {
  const rows = rowsOf<{ count: number | string }>(
    await ctx.db.execute(sql`
      select count(*) as count from devices d join conversations c on c.id = d.conversation_id
      where c.channel = ${customer.namespace} and c.external_id = ${customer.externalId} and d.removed_at is null`),
  );
  return Number(rows[0]?.count ?? 0);
}

export const customerTopicOf = (customer: Customer): string =>
  customerTopic.name(customerKey(customer.namespace, customer.externalId));

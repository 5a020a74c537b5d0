import { createHash } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, eq } from "drizzle-orm";
import { actorKeyOf } from "../../actor.ts";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import { enqueue } from "../../outbox/outbox.ts";
import { storableText } from "../../storable.ts";
import { botLease } from "../../telegram/telegram.ts";
import { notificationsError } from "../errors.ts";
import { publish, theOne, withAnnouncement } from "./changes.ts";
import { addCustomers, startLanes } from "./lanes.ts";
import { maxTextLength, starsFor } from "./limits.ts";
import { liveChatOf } from "./live-chat.ts";
import { requireBroadcaster } from "./rights.ts";
import { type BroadcastRow, itemFor } from "./rows.ts";
import type { Broadcast, BroadcastInput, PinInput, Recipients } from "./schema.ts";

interface NewBroadcast {
  kind: Broadcast["kind"];
  text: string;
  /** Null: the live topic. */
  recipients: Recipients | null;
  pin: boolean;
  unpinPrevious: boolean;
  messageId: number | null;
  startsAt: Date | null;
  clientId: string | null;
  /** The most that may be paid; null for the free speed. */
  maxStars: number | null;
}

/** Where a broadcast goes, as either form of the input names it. */
export const recipientsOf = ({ recipients, threadIds }: Pick<BroadcastInput, "recipients" | "threadIds">) =>
  recipients ?? (threadIds ? { topics: threadIds } : null);

/**
 * Sends a text into topics of the live group, and pins it there, or to customers who subscribed; acknowledged means that it stands in the
 * outbox.
 * @param isAwaited the caller waits for the outcome: what takes long fails then
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `UNAVAILABLE` without a bot or a group, `CONFLICT` for a client id that was used,
 *   `VALIDATION` for a text too long for customers, for no customers, and for a price above `maxStars`
 */
export async function sendBroadcast(
  ctx: Context,
  input: BroadcastInput,
  { isAwaited = false } = {},
): Promise<Broadcast> {
  const { text, pin, unpinPrevious, startsAt, clientId = null, paid, maxStars = 0 } = input;
  const wanted: NewBroadcast = {
    kind: "broadcast",
    text: storableText(text),
    recipients: recipientsOf(input),
    pin,
    unpinPrevious,
    messageId: null,
    startsAt: startsAt === undefined ? null : new Date(startsAt),
    clientId,
    maxStars: paid ? maxStars : null,
  };
  return start(ctx, wanted, isAwaited);
}

/** Pins a message of the live group. @throws DomainError as `sendBroadcast` */
export async function pinMessage(ctx: Context, input: PinInput, { isAwaited = false } = {}): Promise<Broadcast> {
  const { messageId, threadId, clientId = null } = input;
  const recipients = threadId === undefined ? null : { topics: [threadId] };
  const rest = { text: "", pin: true, unpinPrevious: false, startsAt: null, maxStars: null };
  return start(ctx, { kind: "pin", recipients, messageId, clientId, ...rest }, isAwaited);
}

async function start(ctx: Context, wanted: NewBroadcast, isAwaited: boolean): Promise<Broadcast> {
  const createdBy = await requireBroadcaster(ctx);
  if (!ctx.telegram) throw notificationsError("noBot");
  const { recipients, kind, text, unpinPrevious, clientId } = wanted;
  const toCustomers = recipients !== null && "customers" in recipients;
  const languageCode = toCustomers ? (recipients.languageCode ?? null) : null;
  if (toCustomers && text.length > maxTextLength(languageCode)) throw notificationsError("textTooLong");
  const actorKey = actorKeyOf(ctx.actor);
  const contentHash = createHash("sha256").update(JSON.stringify(wanted)).digest("hex");
  const now = ctx.now();
  const startsAt = wanted.startsAt && wanted.startsAt > now ? wanted.startsAt : now;
  const paid = wanted.maxStars !== null;
  const values = { actorKey, clientId, contentHash, kind, text, createdBy, createdAt: now, startsAt, unpinPrevious };
  const chat = toCustomers ? null : await liveChatOf(ctx);
  return publish(ctx, async (tx) => {
    const row = { ...values, recipients: toCustomers ? "customers" : "topics", languageCode, paid };
    const [created] = await tx.insert(broadcasts).values(row).onConflictDoNothing().returning();
    if (!created) return { broadcast: await repeated(tx, { actorKey, clientId, contentHash }), appended: null };
    const targets = chat
      ? await oweTopics(tx, created, { chat, wanted, isAwaited, isLater: startsAt > now })
      : await oweCustomers(tx, ctx, { created, maxStars: wanted.maxStars });
    await recordAudit(tx, ctx, {
      action: kind === "pin" ? "bot.messagePinned" : "bot.broadcastSent",
      target: { kind: "broadcast", id: created.id },
      details: { targets, recipients: row.recipients, ...(paid ? { maxStars: wanted.maxStars } : {}) },
    });
    return withAnnouncement(tx, created);
  });
}

interface Topics {
  chat: Awaited<ReturnType<typeof liveChatOf>>;
  wanted: NewBroadcast;
  isAwaited: boolean;
  isLater: boolean;
}

/** @returns how many */
async function oweTopics(tx: Transaction, created: BroadcastRow, given: Topics): Promise<number> {
  const { chat, wanted, isAwaited, isLater } = given;
  const { recipients, pin, messageId: telegramMessageId } = wanted;
  const threadIds = recipients && "topics" in recipients ? [...new Set(recipients.topics)] : [chat.threadId];
  const { id: broadcastId, kind, startsAt } = created;
  const targets = await tx
    .insert(broadcastTargets)
    .values(threadIds.map((threadId) => ({ broadcastId, chatId: chat.chatId, threadId, pin, telegramMessageId })))
    .returning();
  const rules = {
    lease: botLease(chat.telegram.botId),
    dueAt: startsAt,
    priority: targets.length > 1 || isLater ? ("bulk" as const) : ("normal" as const),
    type: kind === "pin" ? ("pin" as const) : ("send" as const),
    isAwaited,
    // What is scheduled must not hold up what is sent meanwhile.
    ...(isLater ? { queue: `broadcast:${broadcastId}` } : {}),
  };
  await enqueue(
    tx,
    targets.map((target) => itemFor(target, rules)),
  );
  return targets.length;
}

/** @returns how many */
async function oweCustomers(
  tx: Transaction,
  { telegram }: Context,
  { created, maxStars }: { created: BroadcastRow; maxStars: number | null },
): Promise<number> {
  const { id, startsAt: dueAt, paid } = created;
  const count = await addCustomers(tx, created);
  if (count === 0) throw notificationsError("noSubscribers");
  if (maxStars !== null && starsFor(count) > maxStars) throw notificationsError("tooExpensive");
  await startLanes(tx, { id, paid, dueAt, lease: botLease(telegram?.botId ?? 0) });
  return count;
}

async function repeated(
  tx: Transaction,
  { actorKey, clientId, contentHash }: { actorKey: string; clientId: string | null; contentHash: string },
): Promise<Broadcast> {
  const [known] = await tx
    .select({ id: broadcasts.id, contentHash: broadcasts.contentHash })
    .from(broadcasts)
    .where(and(eq(broadcasts.actorKey, actorKey), eq(broadcasts.clientId, clientId ?? "")));
  if (known?.contentHash !== contentHash) throw notificationsError("clientIdReused");
  return theOne(tx, known.id);
}

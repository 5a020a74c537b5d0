import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, rowsOf } from "@pult/db/rows.ts";
import { broadcastSubscriptions } from "@pult/db/schema/notifications.ts";
import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { deleteDeliveries } from "../../outbox/deliveries.ts";
import { enqueue, type OutboxHandler, publishDue } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import { pause } from "../../pause.ts";
import { ensureIdentity } from "../../people/identities.ts";
import { perProcess } from "../../per-process.ts";
import { BotError } from "../../telegram/bot.ts";
import type { Note } from "../../telegram/inbox.ts";
import { botLease, chatBuckets, type Telegram } from "../../telegram/telegram.ts";
import type { TelegramMessage } from "../../telegram/updates.ts";
import { verdictOf } from "../../telegram/verdict.ts";
import { ERASED, UNSUBSCRIBED } from "./problem.ts";
import type { Subscribers, Subscription } from "./schema.ts";

/** What the bot answers to the commands; never part of the conversation with support. */
const ANSWERS = {
  en: {
    subscribed: (workspace: string) =>
      `You are subscribed to news from ${workspace}. Send /stop at any time to unsubscribe.`,
    ended: () =>
      "You are unsubscribed and get no more news. /subscribe turns it on again. You can still write to support here.",
  },
  ru: {
    subscribed: (workspace: string) => `Вы подписались на новости ${workspace}. Отписаться можно в любой момент: /stop`,
    ended: () =>
      "Вы отписались, новостей больше не будет. Подписаться снова: /subscribe. В поддержку по-прежнему можно писать сюда.",
  },
};
type Answer = keyof (typeof ANSWERS)["en"];

/** `pt-BR` → `pt`. */
const primaryLanguage = (code: string | null): string | null =>
  /^[a-z]{2,3}/i.exec(code ?? "")?.[0].toLowerCase() ?? null;

/** A customer agrees to broadcasts. Safe to repeat: each command is answered once. */
export async function subscribe(
  ctx: Context,
  telegram: Telegram,
  message: TelegramMessage,
  source: "command" | "link",
): Promise<Note> {
  const { chatId, messageId, sender } = message;
  const languageCode = primaryLanguage(sender.languageCode);
  const now = ctx.now();
  const isNew = await ctx.db.transaction(async (tx) => {
    const { name, username } = sender;
    await ensureIdentity(tx, { namespace: "telegram", externalId: String(sender.id), name, username, languageCode });
    const rows = await tx
      .insert(broadcastSubscriptions)
      .values({ chatId, languageCode, source, subscribedAt: now, messageId })
      .onConflictDoUpdate({
        target: broadcastSubscriptions.chatId,
        set: {
          languageCode,
          messageId,
          source: sql`case when broadcast_subscriptions.ended_at is null then broadcast_subscriptions.source else excluded.source end`,
          subscribedAt: sql`case when broadcast_subscriptions.ended_at is null then broadcast_subscriptions.subscribed_at else excluded.subscribed_at end`,
          endedAt: null,
          endReason: null,
        },
        setWhere: sql`broadcast_subscriptions.message_id <> excluded.message_id`,
      })
      .returning({ chatId: broadcastSubscriptions.chatId });
    if (rows.length > 0) await enqueueAnswer(tx, ctx, { telegram, message, answer: "subscribed" });
    return rows.length > 0;
  });
  if (!isNew) return "a repeated command";
  publishDue(ctx.bus);
  return null;
}

/** A customer wants no more broadcasts: none is sent any more, also of those under way. */
export async function unsubscribe(ctx: Context, telegram: Telegram, message: TelegramMessage): Promise<Note> {
  const { chatId, messageId } = message;
  const isNew = await ctx.db.transaction(async (tx) => {
    const [known] = await tx
      .select({ messageId: broadcastSubscriptions.messageId })
      .from(broadcastSubscriptions)
      .where(eq(broadcastSubscriptions.chatId, chatId))
      .for("update");
    if (known?.messageId === messageId) return false;
    await endSubscription(tx, { chatId, reason: "stop", at: ctx.now(), messageId });
    await enqueueAnswer(tx, ctx, { telegram, message, answer: "ended" });
    return true;
  });
  if (!isNew) return "a repeated command";
  publishDue(ctx.bus);
  return null;
}

/** Ends a subscription, and what is still to be sent by it. */
export async function endSubscription(
  tx: Transaction,
  { chatId, reason, at, messageId }: { chatId: number; reason: "stop" | "blocked"; at: Date; messageId?: number },
): Promise<void> {
  const isOfChat = eq(broadcastSubscriptions.chatId, chatId);
  if (messageId !== undefined) await tx.update(broadcastSubscriptions).set({ messageId }).where(isOfChat);
  await tx
    .update(broadcastSubscriptions)
    .set({ endedAt: at, endReason: reason })
    .where(and(isOfChat, isNull(broadcastSubscriptions.endedAt)));
  await skipPending(tx, { chatId, reason: UNSUBSCRIBED, at });
}

const skipPending = (tx: Transaction, { chatId, reason, at }: { chatId: number; reason: string; at: Date }) =>
  tx.execute(sql`
    update broadcast_targets set state = 'skipped', reason = ${reason}, finished_at = ${at.toISOString()}::timestamptz
    where chat_id = ${chatId} and state = 'pending'`);

const answerPayload = z.object({ chatId: z.int(), text: z.string() });
type AnswerPayload = z.infer<typeof answerPayload>;
const answerSubject = (chatId: number | string): string => `notifications.answer:${chatId}`;

async function enqueueAnswer(
  tx: Transaction,
  { now, config: { workspace } }: Context,
  { telegram, message, answer }: { telegram: Telegram; message: TelegramMessage; answer: Answer },
): Promise<void> {
  const { chatId, sender } = message;
  const language = primaryLanguage(sender.languageCode) === "ru" ? "ru" : "en";
  const subject = answerSubject(chatId);
  const payload: AnswerPayload = { chatId, text: ANSWERS[language][answer](workspace) };
  const rules = { lease: botLease(telegram.botId), priority: "reply", dueAt: now(), personId: null } as const;
  await enqueue(tx, [{ ...rules, queue: subject, kind: "notifications.answer", subject, payload, route: "telegram" }]);
}

/** An answer of the bot to a command. */
export const answerHandler: OutboxHandler<AnswerPayload> = {
  schema: answerPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets: ({ telegram }, { chatId }) => (telegram ? chatBuckets(telegram, chatId) : []),
  async deliver({ telegram }, { payload, attempts }) {
    if (!telegram) return { state: "failed", ...why("noBot") };
    try {
      await telegram.bot.sendText(payload);
      return { state: "done" };
    } catch (error) {
      if (error instanceof BotError) return verdictOf(error, attempts);
      throw error;
    }
  },
  settled: async () => [],
};

/** How soon a link is done without when Telegram does not tell the bot's name. */
const NAME_MS = 2_000;
const usernames = perProcess((): { known: string | null } => ({ known: null }));

async function linkOf(ctx: Context): Promise<string | null> {
  const names = usernames(ctx);
  const ask = async () => {
    names.known = (await ctx.telegram?.bot.getMe().catch(() => null))?.username ?? null;
  };
  if (names.known === null) await Promise.race([ask(), pause(NAME_MS, new AbortController().signal)]);
  return names.known === null ? null : `https://t.me/${names.known}?start=news`;
}

/** How many customers get broadcasts, by language. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function countSubscribers(ctx: Context): Promise<Subscribers> {
  requireStaff(ctx.actor, "notifications:read");
  const rows = rowsOf<{ languageCode: string | null; count: number | string }>(
    await ctx.db.execute(sql`
      select language_code as "languageCode", count(*) as count from broadcast_subscriptions where ended_at is null
      group by language_code order by count(*) desc, language_code`),
  );
  const languages = rows.map(({ languageCode, count }) => ({ languageCode, count: Number(count) }));
  const total = languages.reduce((sum, { count }) => sum + count, 0);
  return { total, languages, link: await linkOf(ctx) };
}

/** A customer's consent to broadcasts; null for one who never gave it. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getSubscription(
  ctx: Context,
  { chatId }: { chatId: number },
): Promise<{ subscription: Subscription | null }> {
  requireStaff(ctx.actor, "notifications:read");
  const [row] = await ctx.db.select().from(broadcastSubscriptions).where(eq(broadcastSubscriptions.chatId, chatId));
  if (!row) return { subscription: null };
  const { subscribedAt, endedAt, endReason } = row;
  const ended = { endedAt: endedAt?.toISOString() ?? null, endReason: endReason as Subscription["endReason"] };
  return { subscription: { subscribedAt: subscribedAt.toISOString(), ...ended } };
}

/** What is known of customers by their Telegram ids: whether they agreed, and which broadcasts went to them. */
export async function exportSubscriptions(db: Database, telegramIds: readonly string[]) {
  const chats = telegramIds.map(Number);
  const subscriptions = await db
    .select()
    .from(broadcastSubscriptions)
    .where(inArray(broadcastSubscriptions.chatId, chats))
    .orderBy(asc(broadcastSubscriptions.chatId));
  const received = rowsOf<object>(
    await db.execute(sql`
      select b.text, t.state, t.finished_at as "finishedAt" from broadcast_targets t join broadcasts b on b.id = t.broadcast_id
      where t.chat_id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(chats)}::jsonb) x) order by t.id`),
  );
  return { broadcastSubscriptions: subscriptions, broadcastsReceived: received };
}

/** Forgets customers: counts of broadcasts stay true, and name no one of them. @returns subscriptions */
export async function eraseSubscriptions(tx: Transaction, telegramIds: readonly string[]): Promise<number> {
  if (telegramIds.length === 0) return 0;
  const chats = sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(telegramIds)}::jsonb) x)`;
  const erased = await removeRows(tx, "broadcast_subscriptions", sql`chat_id in ${chats}`);
  await tx.execute(sql`
    update broadcast_targets set chat_id = 0, telegram_message_id = null, language_code = null,
      state = case when state = 'pending' then 'skipped' else state end,
      reason = case when state = 'pending' then ${ERASED} else reason end, finished_at = coalesce(finished_at, now())
    where chat_id in ${chats}`);
  await deleteDeliveries(tx, telegramIds.map(answerSubject));
  return erased;
}

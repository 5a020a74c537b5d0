import type { Transaction } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { storableText } from "../storable.ts";
import { noteGroup } from "../telegram/group-health.ts";
import type { Note, TelegramReceiver } from "../telegram/inbox.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { saveConversations } from "./conversation-write.ts";
import { changeReactions } from "./edit.ts";
import { conversationEntries } from "./log-entries.ts";
import { messageWriterOf } from "./message-writer.ts";
import type { ChangeEvent } from "./schema.ts";
import { ourMessage } from "./telegram-message.ts";

/** Keeps what the customer came with; agents see it in the thread and beside it. */
export async function noteArrival(
  ctx: Context,
  { namespace, externalId }: Customer,
  { payload, clientId }: { payload: string; clientId: string },
): Promise<void> {
  const origin = storableText(payload);
  await changeCustomer(
    ctx,
    { channel: namespace, externalId },
    {
      clientId,
      apply: (record) => {
        record.origin = origin;
        return { type: "arrived", origin };
      },
    },
  );
}

/** A person blocks the bot or lets it write again; the bot is put out of the group or back into it. */
export const receiveMembership: NonNullable<TelegramReceiver["membership"]> = async (ctx, telegram, membership) => {
  const { chatId, chatType, status, at, botId } = membership;
  if (chatType === "private") {
    const isBlocked = status === "kicked";
    const since = at === null ? ctx.now() : new Date(at * 1_000);
    return changeCustomer(
      ctx,
      { channel: "telegram", externalId: String(chatId) },
      {
        clientId: `tg:${botId}:${chatId}:block:${since.getTime()}:${status}`,
        apply(record) {
          if ((record.blockedAt !== null) === isBlocked) return null;
          record.blockedAt = isBlocked ? since.toISOString() : null;
          return { type: "blocked", isBlocked };
        },
      },
    );
  }
  if (!telegram.forum || chatId !== (await telegram.forum.chatId())) return "not the support group";
  const isOut = status === "kicked" || status === "left";
  noteGroup(ctx, telegram, {
    problems: isOut ? ["unreachable"] : (telegram.health.group?.problems ?? []).filter((one) => one !== "unreachable"),
    reason: isOut ? `The bot was put out of the group (${status})` : null,
  });
  return null;
};

/** What the customer thinks of an answer, and agents of what the customer wrote. */
export const receiveReaction: NonNullable<TelegramReceiver["reaction"]> = async (ctx, _, reaction) => {
  const { botId, chatId, messageId, emoji } = reaction;
  const mapped = await ourMessage(ctx, { botId, chatId }, messageId);
  if (!mapped) return "a reaction to a message we do not have";
  return (await changeReactions(ctx, mapped.messageId, emoji)) ? null : "nothing changed";
};

/** Changes what is known of a customer, with a line in the thread. */
async function changeCustomer(
  ctx: Context,
  { channel, externalId }: { channel: string; externalId: string },
  change: { clientId: string; apply(record: ConversationRecord): ChangeEvent | null },
): Promise<Note> {
  const done = await ctx.db.transaction(async (tx: Transaction) => {
    const [record] = await selectConversations(tx, sql`c.channel = ${channel} and c.external_id = ${externalId}`, {
      lock: true,
    });
    const event = record ? change.apply(record) : null;
    if (!record || !event) return null;
    await saveConversations(tx, [record]);
    const written = await messageWriterOf(ctx).writeIn(tx, {
      conversation: { id: record.id },
      kind: "event",
      author: { id: null, name: record.customerName },
      source: "telegram",
      change: event,
      clientId: change.clientId,
      origin: { botId: 0, chatId: 0, messageIds: [], caption: false },
    });
    const isListed = record.lastMessageId !== null;
    return { written, appended: await appendToLogs(tx, isListed ? conversationEntries(record) : []) };
  });
  if (!done) return "nothing changed";
  messageWriterOf(ctx).publish([done.written]);
  publishAppended(ctx.bus, done.appended);
  return null;
}

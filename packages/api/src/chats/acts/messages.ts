import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { type Account, requireAccess } from "../access.ts";
import { callAccount } from "../engine/asks.ts";
import { chatsError } from "../errors.ts";
import type { DeleteInput, EditInput, ForwardInput, MessageInput, ReactInput } from "../inputs.ts";
import type { Message } from "../schema.ts";
import { refusalOfCall } from "../sends/refusals.ts";
import { openChat, requireChat, targetOf } from "../store/chats.ts";
import { selectMessages, signMessage } from "../store/present.ts";

/** A chat that the caller may change something in. @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED`, `FORBIDDEN` */
async function openToWrite(ctx: Context, input: { accountId?: string | undefined; chatId: string }) {
  const { account, chatId } = await openChat(ctx, input, { mustWork: true });
  requireAccess(ctx, account, chatId, "write");
  return { account, chatId };
}

async function call<Result>(account: Account, made: () => Promise<Result>): Promise<Result> {
  try {
    return await made();
  } catch (error) {
    throw refusalOfCall(error, account.id);
  }
}

async function readMessages(
  ctx: Context,
  account: Account,
  { chatId, ids }: { chatId: number; ids: readonly number[] },
) {
  const found = await selectMessages(ctx.db, targetOf(account), {
    where: sql`m.chat_id = ${chatId} and m.id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`,
    order: sql`m.id`,
    limit: ids.length,
  });
  return found.map((message) => signMessage(ctx, message));
}

async function readMessage(
  ctx: Context,
  account: Account,
  { chatId, id }: { chatId: number; id: number },
): Promise<Message> {
  const [message] = await readMessages(ctx, account, { chatId, ids: [id] });
  if (!message) throw chatsError("messageNotFound");
  return message;
}

/** @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED`, `FORBIDDEN`, `RATE_LIMITED`, `UPSTREAM_FAILED` */
export async function editMessage(
  ctx: Context,
  { text, entities, messageId: id, ...input }: EditInput,
): Promise<Message> {
  const { account, chatId } = await openToWrite(ctx, input);
  await readMessage(ctx, account, { chatId, id });
  const plain = entities.filter(({ type }) => type !== "text_mention");
  await call(account, () => callAccount(ctx, account.id, "edit", { chatId, id, text, entities: plain, mentioned: {} }));
  return readMessage(ctx, account, { chatId, id });
}

/** @throws DomainError as `editMessage` */
export async function deleteMessages(
  ctx: Context,
  { messageIds: ids, forEveryone, ...input }: DeleteInput,
): Promise<void> {
  const { account, chatId } = await openToWrite(ctx, input);
  await call(account, () => callAccount(ctx, account.id, "delete", { chatId, ids, forEveryone }));
}

/** A repeat with the same client id forwards nothing twice. @throws DomainError as `editMessage` */
export async function forwardMessages(
  ctx: Context,
  { messageIds: ids, toChatId, clientId, ...input }: ForwardInput,
): Promise<{ messages: Message[] }> {
  const { account, chatId: from } = await openChat(ctx, input, { mustWork: true });
  requireAccess(ctx, account, from, "read");
  const { chatId: to } = await requireChat(ctx, account, toChatId);
  requireAccess(ctx, account, to, "write");
  const randomIds = ids.map((id) => randomIdOf([account.storeId, clientId, from, to, id]));
  const sent = await call(account, () => callAccount(ctx, account.id, "forward", { from, to, ids, randomIds }));
  return { messages: await readMessages(ctx, account, { chatId: to, ids: sent.ids }) };
}

/** Telegram's own kind of id, the same for the same thing. */
const randomIdOf = (parts: readonly unknown[]): string =>
  String(createHash("sha256").update(JSON.stringify(parts)).digest().readBigInt64BE());

/** @throws DomainError as `editMessage` */
export async function react(ctx: Context, { messageId: id, emoji, ...input }: ReactInput): Promise<Message> {
  const { account, chatId } = await openToWrite(ctx, input);
  await readMessage(ctx, account, { chatId, id });
  await call(account, () => callAccount(ctx, account.id, "react", { chatId, id, emoji }));
  return readMessage(ctx, account, { chatId, id });
}

/** @throws DomainError as `editMessage` */
export async function cancelScheduled(ctx: Context, { messageId: id, ...input }: MessageInput): Promise<void> {
  const { account, chatId } = await openToWrite(ctx, input);
  await call(account, () => callAccount(ctx, account.id, "deleteScheduled", { chatId, ids: [id] }));
}

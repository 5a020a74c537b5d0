import { createHash, randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramSends } from "@pult/db/schema/chats.ts";
import { inArray, sql } from "drizzle-orm";
import { actorKeyOf } from "../../actor.ts";
import type { Context } from "../../context.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { type Account, requireAccess, requireWorking, viewerOf } from "../access.ts";
import { endDraft } from "../drafts/drafts.ts";
import { chatsError } from "../errors.ts";
import { draftsTopic, sendsTopic } from "../events.ts";
import { inOrder } from "../in-order.ts";
import type { RetryInput, SendInput, Sent } from "../inputs.ts";
import type { Draft } from "../schema.ts";
import { openChat, targetOf } from "../store/chats.ts";
import { signMessage } from "../store/present.ts";
import { requireMedia } from "./media.ts";
import type { SendPayload } from "./payload.ts";
import { refusalOfSend, type StoredFailure } from "./refusals.ts";
import { presentSends, type SendRow, selectSends } from "./rows.ts";
import { insertSends, itemsFor } from "./store.ts";

export const SEND_TIMES = {
  /** How long a caller waits for Telegram. */
  waitMs: 30_000,
  /** A pause of Telegram's up to here is waited out for a caller who waits. */
  floodMs: 5_000,
  /** How often a caller who waits looks by itself. */
  lookMs: 1_000,
};

type Mode = SendPayload["mode"];

/**
 * Sends a message and waits until Telegram has it.
 * @throws DomainError as `accept`, and whatever Telegram refuses: `FORBIDDEN`, `RATE_LIMITED`, `AUTH_EXPIRED`, `UPSTREAM_FAILED`
 */
export async function sendNow(ctx: Context, input: SendInput): Promise<Sent> {
  const { account, clientId, isRepeat } = await accept(ctx, input, "now");
  const rows = await waitForOutcome(ctx, account, clientId);
  const failed = rows.find(({ state }) => state === "failed");
  if (failed) throw refusalOfSend(failed, account.id);
  return present(ctx, account, { rows, isRepeat });
}

/** Accepts a message, which is sent in its turn, whatever Telegram says meanwhile. @throws DomainError as `accept` */
export async function queueSend(ctx: Context, input: SendInput): Promise<Sent> {
  const { account, clientId, isRepeat } = await accept(ctx, input, "queue");
  return present(ctx, account, { rows: await selectSends(ctx.db, account.storeId, clientId), isRepeat });
}

/** Tries a message again that failed. @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `AUTH_EXPIRED` */
export async function retrySend(ctx: Context, input: RetryInput): Promise<Sent> {
  const { account, chatId } = await openChat(ctx, input, { mustWork: true });
  requireAccess(ctx, account, chatId, "write");
  const rows = await ctx.db.transaction(async (tx) => {
    const found = await selectSends(tx, account.storeId, input.clientId);
    if (found.length === 0 || String(found[0]?.chatId) !== input.chatId) throw chatsError("messageNotFound");
    await tryAgain(tx, ctx, account, { rows: found, mode: "queue" });
    return found;
  });
  publishDue(ctx.bus);
  return present(ctx, account, {
    rows: await selectSends(ctx.db, account.storeId, input.clientId),
    isRepeat: rows.length > 0,
  });
}

async function present(
  ctx: Context,
  account: Account,
  { rows, isRepeat }: { rows: readonly SendRow[]; isRepeat: boolean },
): Promise<Sent> {
  const parts = (await presentSends(ctx.db, targetOf(account), rows)).map((message) => signMessage(ctx, message));
  const [message] = parts;
  if (!message) throw new Error("A send has no rows");
  return { message, parts, isRepeat };
}

interface Accepted {
  account: Account;
  clientId: string;
  isRepeat: boolean;
}

/**
 * Stores a message to be sent, once for its client id; those of one caller for one chat in the order of their arrival.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `AUTH_EXPIRED`, `VALIDATION`, `CONFLICT` for a client id of another message, `RATE_LIMITED` while
 * Telegram asked for a pause that a caller cannot wait for
 */
const accept = (ctx: Context, input: SendInput, mode: Mode): Promise<Accepted> =>
  inOrder(ctx, JSON.stringify([actorKeyOf(ctx.actor), input.accountId, input.chatId]), () => store(ctx, input, mode));

async function store(ctx: Context, input: SendInput, mode: Mode): Promise<Accepted> {
  const { account, chatId } = await openChat(ctx, input, { mustWork: true });
  requireAccess(ctx, account, chatId, "write");
  requireWorking(account);
  checkContent(ctx, input);
  const clientId = input.clientId ?? randomUUID();
  const media = await requireMedia(ctx, account, input.media ?? []);
  await requireReply(ctx, account, { chatId, replyTo: input.replyToMessageId ?? null });
  const known = await selectSends(ctx.db, account.storeId, clientId);
  if (known.length === 0) await requireRoom(ctx, account, { chatId, mode });
  const contentHash = hashOf(input);
  let ended: Draft[] = [];
  const isRepeat = await ctx.db.transaction(async (tx) => {
    // Two calls with one client id wait for each other.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${account.storeId}/${clientId}`}, 0))`);
    const rows = await selectSends(tx, account.storeId, clientId);
    if (rows.length > 0) {
      if (rows[0]?.contentHash !== contentHash || rows[0].chatId !== chatId) throw chatsError("clientIdReused");
      await tryAgain(tx, ctx, account, { rows, mode });
      return true;
    }
    const { userId: sentBy } = viewerOf(ctx);
    const send = { ...input, chatId, clientId, contentHash, media, sentBy };
    const stored = await insertSends(tx, { storeId: account.storeId, now: ctx.now() }, send);
    await enqueue(tx, itemsFor(targetOf(account), stored, waitingFor(ctx, mode)));
    ended = await endDraft(tx, ctx, account, { chatId, text: input.text });
    return false;
  });
  publishDue(ctx.bus);
  for (const draft of ended) ctx.bus.publishLatest(draftsTopic.name(account.id), draft);
  return { account, clientId, isRepeat };
}

/** Puts what failed into the outbox again, with the ids that it had. */
async function tryAgain(
  tx: Transaction,
  ctx: Context,
  account: Account,
  { rows, mode }: { rows: readonly SendRow[]; mode: Mode },
): Promise<void> {
  const failed = rows.filter(({ state }) => state === "failed");
  if (failed.length === 0) return;
  const ids = failed.map(({ id }) => id);
  await tx
    .update(telegramSends)
    .set({ state: "queued", error: null, retryAt: null, updatedAt: ctx.now() })
    .where(inArray(telegramSends.id, ids));
  await enqueue(tx, itemsFor(targetOf(account), failed, waitingFor(ctx, mode)));
}

/** How long a caller waits for a message that is put into the outbox now. */
function waitingFor(ctx: Context, mode: Mode) {
  const now = ctx.now();
  return { mode, untilMs: mode === "now" ? now.getTime() + SEND_TIMES.waitMs - 2_000 : null, now };
}

function checkContent(ctx: Context, { text, media, entities, scheduleDate }: SendInput): void {
  if (text.trim() === "" && !media?.length) throw chatsError("textRequired");
  for (const [index, entity] of entities.entries()) {
    const lacks =
      (entity.type === "text_link" && entity.url === undefined) ||
      (entity.type === "text_mention" && !/^\d{1,16}$/.test(entity.userId ?? "")) ||
      (entity.type === "custom_emoji" && !/^\d{1,20}$/.test(entity.customEmojiId ?? ""));
    if (lacks || entity.offset + entity.length > text.length) throw chatsError("entityInvalid", { index });
  }
  if (!scheduleDate) return;
  const aheadMs = scheduleDate.getTime() - ctx.now().getTime();
  if (aheadMs < 10_000 || aheadMs > 365 * 24 * 60 * 60_000) throw chatsError("scheduleInvalid");
}

/** Telegram decides about a message that is not stored. */
async function requireReply(
  ctx: Context,
  { storeId }: Account,
  { chatId, replyTo }: { chatId: number; replyTo: number | null },
): Promise<void> {
  if (replyTo === null) return;
  const [row] = rowsOf<{ isMissing: boolean }>(
    await ctx.db.execute(sql`
      select c.known @> ${replyTo}::bigint and not exists (
        select 1 from telegram_history m where m.store_id = c.store_id and m.chat_id = c.chat_id and m.id = ${replyTo}) as "isMissing"
      from telegram_chats c where c.store_id = ${storeId} and c.chat_id = ${chatId}`),
  );
  if (row?.isMissing) throw chatsError("replyNotFound");
}

/** Whether the account may send now. */
async function requireRoom(
  ctx: Context,
  { row, storeId }: Account,
  { chatId, mode }: { chatId: number; mode: Mode },
): Promise<void> {
  const floodMs = (row.floodUntil?.getTime() ?? 0) - ctx.now().getTime();
  if (mode === "now" && floodMs > SEND_TIMES.floodMs) {
    const seconds = Math.ceil(floodMs / 1_000);
    throw chatsError("floodWait", { seconds }, { retryAfterSeconds: seconds });
  }
  if (row.stoppedBy === null) return;
  const [known] = rowsOf<{ isStranger: boolean }>(
    await ctx.db.execute(sql`
      select c.type = 'private' and not c.is_contact and not exists (
        select 1 from telegram_history m where m.store_id = c.store_id and m.chat_id = c.chat_id and not m.is_outgoing) as "isStranger"
      from telegram_chats c where c.store_id = ${storeId} and c.chat_id = ${chatId}`),
  );
  if (known?.isStranger || row.stoppedBy !== "PEER_FLOOD")
    throw chatsError("sendingStopped", { reason: row.stoppedBy });
}

const hashOf = ({ text, entities, replyToMessageId, media, scheduleDate, silent }: SendInput): string =>
  createHash("sha256")
    .update(JSON.stringify([text, entities, replyToMessageId ?? null, media ?? [], scheduleDate ?? null, silent]))
    .digest("hex");

const isOpen = ({ state }: SendRow): boolean => state === "queued" || state === "sending";

/** What its time ran out for without an end fails; nothing sends it any more. */
const notInTime = ({ state }: SendRow) => ({
  state: "failed",
  error: { kind: "down", reason: "TIMEOUT", waitSeconds: 0, isUncertain: state === "sending" } satisfies StoredFailure,
});

/** Waits for Telegram, on whatever node the message is sent. */
async function waitForOutcome(ctx: Context, account: Account, clientId: string): Promise<SendRow[]> {
  const until = performance.now() + SEND_TIMES.waitMs;
  let wake = () => {};
  const stop = ctx.bus.subscribeLatest(sendsTopic.name(account.id), (event) => {
    if ((event as { clientId: string }).clientId === clientId) wake();
  });
  try {
    for (;;) {
      const told = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const rows = await selectSends(ctx.db, account.storeId, clientId);
      if (!rows.some(isOpen)) return rows;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return rows.map((row) => (isOpen(row) ? { ...row, ...notInTime(row) } : row));
      await Promise.race([told, elapsed(Math.min(leftMs, SEND_TIMES.lookMs))]);
    }
  } finally {
    stop();
  }
}

const elapsed = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

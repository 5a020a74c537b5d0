import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramFiles, telegramSends } from "@pult/db/schema/chats.ts";
import { and, inArray, sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import type { DueItem, OutboxHandler, Verdict } from "../../outbox/outbox.ts";
import { backoffMs } from "../../outbox/worker.ts";
import type { LinkedAccount } from "../engine/account.ts";
import { heldAccount } from "../engine/engine.ts";
import { accountLease } from "../engine/lease.ts";
import { type OutgoingMedia, TelegramFailure } from "../engine/port.ts";
import { markFlood, stopSending } from "../engine/session-state.ts";
import { sendsTopic } from "../events.ts";
import type { MessageEntity, SendState } from "../schema.ts";
import { peerRowId, placeOfAccessHash } from "../store/peers.ts";
import { type MediaRef, openMedia } from "./media.ts";
import { type SendPayload, sendPayload } from "./payload.ts";
import { STOPPING, type StoredFailure, storedFailure, toldOfSend } from "./refusals.ts";
import { type SendRow, selectSends, selectSendsById } from "./rows.ts";

/** How soon it is looked again whether the account is connected. */
const LOOK_MS = 500;
/** A pause up to here is waited out for a caller who waits. */
const SHORT_FLOOD_SECONDS = 5;

/** A pause of one group's, which holds up what goes there alone. */
const SLOW_MODE = /^SLOWMODE_WAIT/;

/** Sends messages of linked accounts, those of one chat in their order. */
export const sendHandler: OutboxHandler<SendPayload> = {
  schema: sendPayload,
  lease: (_, { accountId }) => accountLease(accountId),
  buckets: (_, { accountId }) => [{ name: accountLease(accountId), limit: null }],
  async deliver(deps, item) {
    const { accountId, ids } = item.payload;
    const rows = (await selectSendsById(deps.db, ids)).filter(({ state }) => state === "queued" || state === "sending");
    if (rows.length === 0) return { state: "done" };
    const account = heldAccount(deps, accountId);
    const delivery = new Delivery(deps, { rows, item });
    const before = await failureBefore(deps, rows);
    if (before) return delivery.fail(before);
    if (delivery.isLate) return delivery.fail({ kind: "down", reason: "TIMEOUT", waitSeconds: 0 });
    if (!account?.isUp) return delivery.wait(new TelegramFailure("down", "NOT_CONNECTED"), LOOK_MS);
    return delivery.send(account);
  },
  async settled(tx, { payload }, settled) {
    // Given up for a reason of ours.
    if (settled.state === "failed" || settled.state === "parked" || settled.state === "unknown")
      await markFailed(tx, payload.ids, { kind: "down", reason: "INTERNAL", waitSeconds: 0, isUncertain: true });
    return [];
  },
};

/** Why an earlier part of the same message failed: what follows is not sent without it. */
async function failureBefore({ db }: Deps, [row]: readonly SendRow[]): Promise<StoredFailure | null> {
  if (!row || row.part === 0) return null;
  const parts = await selectSends(db, row.storeId, row.clientId);
  const failed = parts.find(({ part, state }) => part < row.part && state === "failed");
  return (failed?.error as StoredFailure | undefined) ?? null;
}

const markFailed = (db: Pick<Transaction, "update">, ids: readonly number[], error: StoredFailure) =>
  db
    .update(telegramSends)
    .set({ state: "failed", error, retryAt: null })
    .where(and(inArray(telegramSends.id, [...ids]), inArray(telegramSends.state, ["queued", "sending"])));

/** One try to send a message or an album. */
class Delivery {
  readonly #deps: Deps;
  readonly #rows: readonly SendRow[];
  readonly #item: DueItem<SendPayload>;

  constructor(deps: Deps, { rows, item }: { rows: readonly SendRow[]; item: DueItem<SendPayload> }) {
    this.#deps = deps;
    this.#rows = rows;
    this.#item = item;
  }

  /** Whether the caller who waited has given up. */
  get isLate(): boolean {
    const { untilMs } = this.#item.payload;
    return untilMs !== null && this.#deps.now().getTime() > untilMs;
  }

  async send(account: LinkedAccount): Promise<Verdict<SendPayload>> {
    await this.#mark("sending");
    try {
      const { messages } = await account.connection.send(await this.#messageFor(account));
      await account.settled();
      if (messages.includes(null)) await account.refresh();
      await this.#settle(messages.map((message) => message?.id ?? null));
      return { state: "done" };
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      return this.#judge(account, error);
    }
  }

  async #messageFor(account: LinkedAccount) {
    const [first] = this.#rows;
    const peer = first && (await account.peerOf(first.chatId));
    if (!first || !peer) throw new TelegramFailure("refused", "PEER_ID_INVALID");
    const media: OutgoingMedia[] = [];
    for (const { media: ref } of this.#rows) if (ref) media.push(await openMedia(this.#deps, account, ref as MediaRef));
    const entities = first.entities as MessageEntity[];
    return {
      peer,
      text: first.text,
      entities,
      mentioned: await this.#hashesOf(account, entities),
      replyToMessageId: first.replyToId,
      media,
      randomIds: this.#rows.map(({ randomId }) => randomId),
      scheduleDate: first.scheduledFor ? Math.floor(first.scheduledFor.getTime() / 1_000) : null,
      silent: first.silent,
    };
  }

  async #hashesOf({ target }: LinkedAccount, entities: readonly MessageEntity[]): Promise<Record<string, string>> {
    const ids = entities.flatMap(({ type, userId }) => (type === "text_mention" && userId ? [userId] : []));
    if (ids.length === 0) return {};
    const rowIds = JSON.stringify(ids.map((id) => peerRowId(target.storeId, Number(id))));
    const rows = rowsOf<{ id: string; chatId: number; accessHash: string }>(
      await this.#deps.db.execute(sql`
        select id, chat_id as "chatId", access_hash as "accessHash" from telegram_chats
        where access_hash is not null and id in (select * from jsonb_array_elements_text(${rowIds}::jsonb))`),
    );
    const { vault } = this.#deps;
    return Object.fromEntries(
      rows.map(({ id, chatId, accessHash }) => [String(chatId), vault.open(placeOfAccessHash(id), accessHash)]),
    );
  }

  async #judge(account: LinkedAccount, failure: TelegramFailure): Promise<Verdict<SendPayload>> {
    const { ctx, target } = account;
    switch (failure.kind) {
      case "expired":
        account.expire(failure.reason);
        return this.fail(failure);
      case "flood": {
        const waitMs = failure.waitSeconds * 1_000;
        const isOfChat = SLOW_MODE.test(failure.reason);
        if (!isOfChat) await markFlood(ctx, target.accountId, waitMs);
        const isShort = failure.waitSeconds <= SHORT_FLOOD_SECONDS;
        if (this.#item.payload.mode === "now" && !isShort) return this.fail(failure);
        return this.wait(failure, waitMs, isOfChat ? "provider" : "bucket");
      }
      case "down":
        return this.wait(failure, Math.min(5_000, backoffMs(this.#item.attempts)));
      case "refused":
        if (STOPPING.test(failure.reason)) await stopSending(ctx, target.accountId, failure.reason);
        return this.fail(failure);
    }
  }

  /** Never sent, in no form. The outcome is stored here, so that the queue goes on with the next message. */
  async fail(failure: Pick<TelegramFailure, "kind" | "reason" | "waitSeconds">): Promise<Verdict<SendPayload>> {
    const { kind, reason, waitSeconds } = failure;
    const error: StoredFailure = { kind, reason, waitSeconds, isUncertain: this.#item.payload.isUncertain };
    await markFailed(
      this.#deps.db,
      this.#rows.map(({ id }) => id),
      error,
    );
    this.#tell("failed", { error });
    return { state: "skipped", reason };
  }

  async wait(
    failure: TelegramFailure,
    delayMs: number,
    scope: "provider" | "bucket" = "provider",
  ): Promise<Verdict<SendPayload>> {
    const { payload } = this.#item;
    const isUncertain = payload.isUncertain || failure.mayHaveHappened;
    const retryAt = new Date(this.#deps.now().getTime() + delayMs);
    await this.#mark("queued", { error: storedFailure(failure, isUncertain), retryAt });
    return { state: "wait", scope, delayMs, payload: { ...payload, isUncertain }, reason: failure.reason };
  }

  async #mark(state: SendState, details: { error: StoredFailure; retryAt: Date } | null = null): Promise<void> {
    const { error = null, retryAt = null } = details ?? {};
    await this.#deps.db
      .update(telegramSends)
      .set({ state, error, retryAt, updatedAt: this.#deps.now() })
      .where(
        and(
          inArray(
            telegramSends.id,
            this.#rows.map(({ id }) => id),
          ),
          inArray(telegramSends.state, ["queued", "sending"]),
        ),
      );
    this.#tell(state, { error, retryAt });
  }

  /** Stores which messages Telegram made of it. */
  async #settle(messageIds: readonly (number | null)[]): Promise<void> {
    const rows = this.#rows.map(({ id, scheduledFor }, index) => ({
      id,
      messageId: messageIds[index] ?? null,
      state: scheduledFor === null ? "sent" : "scheduled",
    }));
    const { db, now } = this.#deps;
    await db.transaction(async (tx) => {
      // One that Telegram had before is found by what it says; it may have come, and got its client id, before this answer.
      await tx.execute(sql`
        update telegram_sends s set state = x.state, error = null, retry_at = null, updated_at = ${now().toISOString()}::timestamptz,
          message_id = coalesce(x."messageId", s.message_id, (
            select min(m.id) from telegram_history m where m.store_id = s.store_id and m.chat_id = s.chat_id and m.is_outgoing
              and (m.client_id is null or m.client_id = s.client_id) and m.text = s.text and m.date >= s.created_at - interval '1 minute'
              and not exists (
                select 1 from telegram_sends o where o.store_id = m.store_id and o.chat_id = m.chat_id and o.message_id = m.id and o.id <> s.id)))
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id bigint, "messageId" bigint, state text) where s.id = x.id`);
      const ids = JSON.stringify(rows.map(({ id }) => id));
      await tx.execute(sql`
        update telegram_history m set client_id = s.client_id from telegram_sends s
        where s.id in (select x::bigint from jsonb_array_elements_text(${ids}::jsonb) x) and s.state = 'sent'
          and m.store_id = s.store_id and m.chat_id = s.chat_id and m.id = s.message_id and m.client_id is null`);
      const files = this.#rows.flatMap(({ media }) => (media ? [(media as MediaRef).id] : []));
      if (files.length > 0)
        await tx.update(telegramFiles).set({ expiresAt: null }).where(inArray(telegramFiles.id, files));
    });
    this.#tell(rows[0]?.state === "scheduled" ? "scheduled" : "sent");
  }

  #tell(
    state: SendState,
    { error = null, retryAt = null }: { error?: StoredFailure | null; retryAt?: Date | null } = {},
  ): void {
    const [row] = this.#rows;
    if (!row) return;
    const { accountId } = this.#item.payload;
    const { clientId, chatId } = row;
    this.#deps.bus.publishLatest(sendsTopic.name(accountId), {
      ...{ chatId: String(chatId), clientId, state },
      error: toldOfSend({ error, clientId }, accountId),
      retryAt: retryAt?.toISOString() ?? null,
    });
  }
}

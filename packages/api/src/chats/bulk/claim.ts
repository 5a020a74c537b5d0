import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramAgreements, telegramBulkRecipients, telegramBulks } from "@pult/db/schema/bulk.ts";
import { telegramSends } from "@pult/db/schema/chats.ts";
import { and, eq, sql } from "drizzle-orm";
import { hasRefused } from "../../crm/records/lookup.ts";
import { type AgreementRow, isLive, stopAgreement } from "../agreements/rows.ts";
import { selectSettings } from "../agreements/settings.ts";
import { isStop } from "../agreements/words.ts";
import type { LinkedAccount } from "../engine/account.ts";
import { CALLS } from "../engine/calls.ts";
import type { StoredFailure } from "../sends/refusals.ts";
import { insertSends } from "../sends/store.ts";
import type { Target } from "../store/present.ts";
import type { RecipientRow } from "./rows.ts";
import type { SkipReason } from "./schema.ts";
import { allowedAt, opensAt } from "./timing.ts";

/** What the account does next about messages to many. */
export type Next =
  | { type: "nothing" }
  | { type: "later"; at: Date }
  /** The call may have been made before. */
  | { type: "send"; sendId: number; isUncertain: boolean };

/**
 * Takes the next recipient whose turn it is, and notes that the call begins, with the `random_id` that it has whatever happens: a call that a crash
 * cut off is made again with the same one. Who may be written to is looked at here once more.
 * @throws TelegramFailure when it cannot be read what they wrote last
 */
export async function claimNext(account: LinkedAccount, target: Target): Promise<Next> {
  const { db, now } = account.ctx;
  for (;;) {
    const begun = await findBegun(db, target.storeId);
    if (begun?.isUncertain) return { type: "send", ...begun };
    // Nothing was called yet: whether it still may be is looked at once more.
    if (begun) await db.transaction((tx) => release(tx, begun.sendId));
    const found = await findTurn(db, target.storeId, now());
    if (found.type !== "recipient") return found;
    const { turn } = found;
    // What came while Pult was away may be a /stop.
    await CALLS.history(account, { chatId: turn.chatId, offsetId: 0, offsetDate: 0 });
    const claimed = await db.transaction((tx) => claim(tx, target, { turn, now: now() }));
    if (claimed) return { type: "send", sendId: claimed, isUncertain: false };
  }
}

type Reader = Pick<Transaction, "execute" | "select">;

/** A call that was begun and whose outcome is not known. */
async function findBegun(db: Reader, storeId: string): Promise<{ sendId: number; isUncertain: boolean } | null> {
  const [row] = rowsOf<{ sendId: number; state: string; error: StoredFailure | null }>(
    await db.execute(sql`
      select s.id as "sendId", s.state, s.error from telegram_bulk_recipients r join telegram_sends s on s.id = r.send_id
      where r.store_id = ${storeId} and r.state = 'sending' order by r.id limit 1`),
  );
  if (!row) return null;
  return { sendId: Number(row.sendId), isUncertain: row.state !== "queued" || (row.error?.isUncertain ?? false) };
}

/** Puts a recipient back whose message was surely not sent: they wait for their turn again. */
export async function release(tx: Transaction, sendId: number): Promise<void> {
  await tx
    .update(telegramBulkRecipients)
    .set({ state: "queued", calledAt: null, sendId: null })
    .where(and(eq(telegramBulkRecipients.sendId, sendId), eq(telegramBulkRecipients.state, "sending")));
  await tx.delete(telegramSends).where(eq(telegramSends.id, sendId));
}

interface Turn {
  id: number;
  bulkId: string;
  chatId: number;
}

/** Whose turn it is: of those whose clocks say that they may be written to, the first of what was approved first. */
async function findTurn(
  db: Reader,
  storeId: string,
  now: Date,
): Promise<Exclude<Next, { type: "send" }> | { type: "recipient"; turn: Turn }> {
  const running = sql`telegram_bulk_recipients r join telegram_bulks b on b.id = r.bulk_id and b.state = 'running'
    where r.store_id = ${storeId} and r.state = 'queued'`;
  const zones = rowsOf<{ timeZone: string }>(
    await db.execute(sql`select distinct r.time_zone as "timeZone" from ${running}`),
  );
  if (zones.length === 0) return { type: "nothing" };
  const limits = await selectSettings(db as Transaction, storeId, now);
  const at = allowedAt(limits, await selectCalled(db, storeId, now), now);
  if (at > now) return { type: "later", at };
  const opening = zones.map(({ timeZone }) => ({ timeZone, at: opensAt(limits, timeZone, now) }));
  const open = opening.filter((one) => one.at <= now).map(({ timeZone }) => timeZone);
  if (open.length === 0) return { type: "later", at: new Date(Math.min(...opening.map((one) => one.at.getTime()))) };
  const [first] = rowsOf<Turn>(
    await db.execute(sql`
      select r.id, r.bulk_id as "bulkId", r.chat_id as "chatId" from ${running} and r.time_zone in (select jsonb_array_elements_text(${JSON.stringify(open)}::jsonb))
      order by b.approved_at, b.id, r.id limit 1`),
  );
  if (!first) return { type: "nothing" };
  return { type: "recipient", turn: { ...first, id: Number(first.id), chatId: Number(first.chatId) } };
}

/** When the calls of the last 24 hours began, oldest first. */
export async function selectCalled(db: Pick<Transaction, "execute">, storeId: string, now: Date): Promise<Date[]> {
  const rows = rowsOf<{ at: number }>(
    await db.execute(sql`
      select (extract(epoch from called_at) * 1000)::float as at from telegram_bulk_recipients
      where store_id = ${storeId} and called_at > ${now.toISOString()}::timestamptz - interval '24 hours' order by called_at`),
  );
  return rows.map(({ at }) => new Date(Number(at)));
}

/** @returns the send that is to be made; null when there is none, for a reason that the recipient has now */
async function claim(
  tx: Transaction,
  target: Target,
  { turn, now }: { turn: Turn; now: Date },
): Promise<number | null> {
  const { id, chatId } = turn;
  const isIt = and(eq(telegramBulkRecipients.id, id), eq(telegramBulkRecipients.state, "queued"));
  // In the order in which a pause and a /stop lock them.
  const [bulk] = await tx.select().from(telegramBulks).where(eq(telegramBulks.id, turn.bulkId)).for("share");
  const agreed = tx.select().from(telegramAgreements).where(isLive(target.storeId, chatId));
  const [agreement] = await agreed.for("update");
  const [recipient] = await tx.select().from(telegramBulkRecipients).where(isIt).for("update");
  if (!recipient || bulk?.state !== "running") return null;
  const reason = agreement ? await whyNot(tx, target, { recipient, agreement, turn, now }) : "stopped";
  if (reason !== null) {
    await tx.update(telegramBulkRecipients).set({ state: "skipped", reason, finishedAt: now }).where(isIt);
    return null;
  }
  const { text, entities } = recipient;
  if (await isThere(tx, { storeId: target.storeId, chatId, text, since: bulk.approvedAt ?? bulk.createdAt })) {
    await tx.update(telegramBulkRecipients).set({ state: "sent", calledAt: now, finishedAt: now }).where(isIt);
    return null;
  }
  const [send] = await insertSends(
    tx,
    { storeId: target.storeId, now },
    {
      ...{ chatId, clientId: `bulk:${id}:${now.getTime()}`, contentHash: "", media: [], silent: false },
      ...{ text, entities: entities as never[], sentBy: bulk.approvedBy ?? "pult" },
    },
  );
  if (!send) throw new Error("A message to many was not stored");
  await tx
    .update(telegramBulkRecipients)
    .set({ state: "sending", calledAt: now, sendId: send.id })
    .where(eq(telegramBulkRecipients.id, id));
  return send.id;
}

/** Whether the message was sent by a process whose database was replaced by a backup since: it is there, and no send of this database made it. */
async function isThere(
  tx: Transaction,
  { storeId, chatId, text, since }: { storeId: string; chatId: number; text: string; since: Date },
): Promise<boolean> {
  const rows = rowsOf(
    await tx.execute(sql`
      select 1 from telegram_history where store_id = ${storeId} and chat_id = ${chatId} and is_outgoing and client_id is null
        and text = ${text} and date >= ${since.toISOString()}::timestamptz - interval '1 minute' limit 1`),
  );
  return rows.length > 0;
}

interface Chosen {
  recipient: RecipientRow;
  agreement: AgreementRow;
  turn: Turn;
  now: Date;
}

/** Why a recipient is not to be written to after all. */
async function whyNot(
  tx: Transaction,
  target: Target,
  { recipient: { contactId }, agreement, turn: { chatId }, now }: Chosen,
): Promise<SkipReason | null> {
  const theirs = rowsOf<{ text: string }>(
    await tx.execute(sql`
      select text from telegram_history where store_id = ${target.storeId} and chat_id = ${chatId} and not is_outgoing
        and date >= ${agreement.agreedAt.toISOString()}::timestamptz and id > ${agreement.messageId ?? 0}::bigint and length(text) <= 40
      order by date desc limit 500`),
  );
  const stop = theirs.find(({ text }) => isStop(text));
  if (stop) {
    await stopAgreement(tx, target, { chatId, text: stop.text, at: now });
    return "stopped";
  }
  return (await hasRefused(tx, contactId)) ? "refused" : null;
}

import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { chooseContacts } from "../../crm/records/choose.ts";
import { timeZonesOf } from "../../crm/records/time-zone.ts";
import type { Contact } from "../../crm/schema.ts";
import type { Rendered } from "../../crm/templates/render.ts";
import { prepareTemplate } from "../../crm/templates/templates.ts";
import { stopLine } from "../../notifications/broadcasts/limits.ts";
import { type Account, accessOf } from "../access.ts";
import { selectSettings } from "../agreements/settings.ts";
import { isRussian } from "../agreements/words.ts";
import { callAccount } from "../engine/asks.ts";
import { TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";
import { allows } from "../grants.ts";
import type { MessageEntity } from "../schema.ts";
import { MAX_MESSAGE } from "../sends/split.ts";
import { MAX_RECIPIENTS, type SaveBulkInput, type SkipReason } from "./schema.ts";

/** A contact with what is sent to them, or why nothing is. */
export interface Candidate {
  contactId: string;
  name: string;
  chatId: number | null;
  reason: SkipReason | null;
  text: string;
  entities: MessageEntity[];
  timeZone: string;
}

/** Beginnings of chats that are looked up in Telegram for one list at most. */
const MAX_LOOKUPS = 50;

/**
 * Whom a message to many goes to, and why not to the others.
 * @throws DomainError `VALIDATION` for an empty text, one that is too long, a variable that is none, or too many contacts
 */
export async function findRecipients(ctx: Context, account: Account, input: SaveBulkInput): Promise<Candidate[]> {
  const { text, entities } = input;
  const line = stopLine(isRussian(text) ? "ru" : "en");
  const maximum = MAX_MESSAGE - line.length;
  if (text.trim() === "") throw chatsError("textRequired");
  if (text.length > maximum) throw chatsError("bulkTooLong", { maximum });
  const render = await prepareTemplate(ctx, { text, entities });
  const contacts = await chooseContacts(ctx, input, MAX_RECIPIENTS);
  const zoneOf = await timeZonesOf(ctx.db);
  const { timeZone } = await selectSettings(ctx.db, account.storeId, ctx.now());
  const standing = await findStanding(ctx, account, contacts);
  const seen = new Set<number>();
  return contacts.map((contact) => {
    const { chatId, reason: inTheWay } = standing(contact);
    const rendered = render(contact);
    const message = { text: rendered.text + line, entities: rendered.entities };
    const isAgain = chatId !== null && seen.has(chatId);
    const reason = inTheWay ?? (isAgain ? "duplicate" : problemOf(rendered, message.text));
    if (chatId !== null && reason === null) seen.add(chatId);
    return {
      ...{ contactId: contact.id, name: contact.name, chatId, reason, timeZone: zoneOf(contact) ?? timeZone },
      ...(reason === null ? message : { text: "", entities: [] }),
    };
  });
}

function problemOf({ missing, text: own }: Rendered, text: string): SkipReason | null {
  if (missing.length > 0 || own.trim() === "") return "missingValue";
  return text.length > MAX_MESSAGE ? "tooLong" : null;
}

interface Known {
  chatId: number | null;
  isAgreed: boolean;
  isStopped: boolean;
  /** Whether the oldest message of the chat is stored, and whose it is. */
  isWhole: boolean;
  isOwn: boolean | null;
}

/** Who may be written to: those who wrote first in a private chat and agreed. */
async function findStanding(ctx: Context, account: Account, contacts: readonly Contact[]) {
  let known = await selectKnown(ctx.db, account.storeId, contacts);
  const unknown = [...known.values()].flatMap(({ chatId, isAgreed, isWhole }) =>
    chatId !== null && isAgreed && !isWhole ? [chatId] : [],
  );
  if (unknown.length > 0) {
    await lookUpBeginnings(ctx, account, unknown.slice(0, MAX_LOOKUPS));
    known = await selectKnown(ctx.db, account.storeId, contacts);
  }
  return (contact: Contact): { chatId: number | null; reason: SkipReason | null } => {
    const one = known.get(contact.id);
    const chatId = one?.chatId ?? null;
    const reason = (): SkipReason | null => {
      if (contact.telegramUserId === null) return "noTelegram";
      if (!one || chatId === null || !allows(accessOf(ctx, account, chatId), "write")) return "noChat";
      if (contact.consent === "refused") return "refused";
      if (!one.isAgreed) return one.isStopped ? "stopped" : "noAgreement";
      if (!one.isWhole) return "beginningUnknown";
      return one.isOwn === false ? null : "notFirst";
    };
    return { chatId, reason: reason() };
  };
}

async function selectKnown(
  db: Pick<Transaction, "execute">,
  storeId: string,
  contacts: readonly Contact[],
): Promise<Map<string, Known>> {
  const wanted = contacts.flatMap(({ id, telegramUserId }) => (telegramUserId ? [{ id, userId: telegramUserId }] : []));
  const rows = rowsOf<Known & { id: string }>(
    await db.execute(sql`
      select x.id, t.chat_id as "chatId", a.id is not null as "isAgreed",
        coalesce((select e.ended_by = 'stop' from telegram_agreements e where e.store_id = t.store_id and e.chat_id = t.chat_id
          order by e.ended_at desc nulls first limit 1), false) as "isStopped",
        coalesce(case when f.id is null then t.known @> '[1,)'::int8range else t.known @> int8range(least(1, f.id), f.id + 1) end, false) as "isWhole",
        f.is_outgoing as "isOwn"
      from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(id uuid, "userId" bigint)
      left join telegram_chats t on t.store_id = ${storeId} and t.chat_id = x."userId" and t.type = 'private' and not t.is_self
      left join telegram_agreements a on a.store_id = t.store_id and a.chat_id = t.chat_id and a.ended_at is null
      left join lateral (
        select h.id, h.is_outgoing from telegram_history h
        where h.store_id = t.store_id and h.chat_id = t.chat_id and not h.is_service order by h.date, h.id limit 1) f on true`),
  );
  return new Map(
    rows.map(({ id, chatId, ...one }) => [id, { ...one, chatId: chatId === null ? null : Number(chatId) }]),
  );
}

/** One after the other; those that Telegram does not tell now stay unknown. */
async function lookUpBeginnings(ctx: Context, account: Account, chatIds: readonly number[]): Promise<void> {
  if (account.row.connection !== "connected") return;
  for (const chatId of chatIds) {
    try {
      await callAccount(ctx, account.id, "beginning", { chatId });
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      if (error.kind !== "refused") return;
    }
  }
}

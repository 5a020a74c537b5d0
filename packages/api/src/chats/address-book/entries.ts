import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { readerOf } from "../../crm/records/entities.ts";
import { requireRecord } from "../../crm/records/select.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { accessOf, requireAccess, requireAccount, requireWorking, selectVisibleAccounts, viewerOf } from "../access.ts";
import { chatsError } from "../errors.ts";
import { allows } from "../grants.ts";
import { peerRowId } from "../store/peers.ts";
import type { BookEntry, ChangeEntryInput, EntriesInput } from "./schema.ts";
import { owe, requireKept } from "./tick.ts";

/** Telegram's limit for each part of a name. */
const MAX_NAME = 64;

/**
 * Where a contact stands in the address books that the CRM keeps in step with, of accounts that the caller sees and that know the person.
 * @throws DomainError `NOT_FOUND`
 */
export async function listEntries(ctx: Context, { contactId }: EntriesInput): Promise<{ items: BookEntry[] }> {
  requireStaff(ctx.actor, "chats:read");
  const { telegramUserId } = await requireRecord(ctx.db, "contact", contactId, readerOf(ctx));
  if (telegramUserId === null) return { items: [] };
  const rows = rowsOf<Omit<BookEntry, "mayChange">>(
    await ctx.db.execute(sql`
      select s.id as "accountId", c.is_contact as "isInBook", c.title as name, b.change, b.failed_by as "failedBy"
      from telegram_sessions s join telegram_stores o on o.id = s.store_id and o.keeps_contacts
      join telegram_chats c on c.store_id = o.id and c.chat_id = ${telegramUserId}::bigint and c.type = 'private' and not c.is_self
      left join telegram_address_book b on b.store_id = o.id and b.user_id = c.chat_id
      where s.status in ('AUTHORIZED', 'EXPIRED') order by s.created_at, s.id`),
  );
  if (rows.length === 0) return { items: [] };
  const seen = new Map((await selectVisibleAccounts(ctx.db, viewerOf(ctx))).map((row) => [row.id, row]));
  const items: BookEntry[] = [];
  for (const row of rows.filter(({ accountId }) => seen.has(accountId))) {
    const access = accessOf(ctx, await requireAccount(ctx, row.accountId), telegramUserId);
    const isWorking = seen.get(row.accountId)?.status === "AUTHORIZED";
    if (allows(access, "read")) items.push({ ...row, mayChange: isWorking && allows(access, "write") });
  }
  return { items };
}

/**
 * Puts a contact into an account's address book under the name that it has in the CRM, or takes it out there. Telegram is told through the
 * outbox; a newer request takes the place of an older one.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `AUTH_EXPIRED`, `CONFLICT` where the CRM does not keep in step with the address book, or the
 * account does not know the person
 */
export async function changeEntry(ctx: Context, input: ChangeEntryInput): Promise<{ items: BookEntry[] }> {
  nameOfStaff(requireStaff(ctx.actor, "chats:write"));
  const { contactId, change } = input;
  const account = await requireAccount(ctx, input.accountId);
  const { telegramUserId, name } = await requireRecord(ctx.db, "contact", contactId, readerOf(ctx));
  if (telegramUserId === null) throw chatsError("personUnknown");
  requireAccess(ctx, account, telegramUserId, "write");
  requireWorking(account);
  if (account.row.stoppedBy !== null) throw chatsError("sendingStopped", { reason: account.row.stoppedBy });
  const { id, storeId } = account;
  const now = ctx.now();
  const { firstName, lastName } = partsOf(name);
  await ctx.db.transaction(async (tx) => {
    await requireKept(tx, storeId);
    const known = rowsOf(
      await tx.execute(sql`
        select 1 from telegram_chats c where c.id = ${peerRowId(storeId, Number(telegramUserId))} and c.access_hash is not null
          and c.type = 'private' and not c.is_self`),
    );
    if (known.length === 0) throw chatsError("personUnknown");
    const [row] = rowsOf<{ revision: number }>(
      await tx.execute(sql`
        insert into telegram_address_book as b (store_id, user_id, change, first_name, last_name, revision, requested_by, requested_at)
        values (${storeId}, ${telegramUserId}::bigint, ${change}, ${firstName}, ${lastName}, 1, ${viewerOf(ctx).userId},
          ${now.toISOString()}::timestamptz)
        on conflict (store_id, user_id) do update set change = excluded.change, first_name = excluded.first_name,
          last_name = excluded.last_name, revision = b.revision + 1, failed_by = null, requested_by = excluded.requested_by,
          requested_at = excluded.requested_at
        returning revision`),
    );
    const what = { userId: Number(telegramUserId), revision: row?.revision ?? 1, now };
    await owe(tx, { accountId: id, storeId }, what);
  });
  publishDue(ctx.bus);
  return listEntries(ctx, { contactId });
}

/** A name as Telegram has it: the first word, and the rest. */
function partsOf(name: string): { firstName: string; lastName: string } {
  const [first = "", ...rest] = name.trim().split(/\s+/);
  const cut = (text: string) => [...text].slice(0, MAX_NAME).join("");
  return { firstName: cut(first), lastName: cut(rest.join(" ")) };
}

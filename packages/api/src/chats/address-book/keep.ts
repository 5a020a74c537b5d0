import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import type { Author } from "../../crm/records/changes.ts";
import { type BookPerson, takeOver } from "../../crm/records/take-over.ts";
import type { LinkedAccount } from "../engine/account.ts";
import { readContacts } from "../engine/read-contacts.ts";
import { isFresh } from "../store/freshness.ts";

/** People who are taken over in one transaction. */
const PORTION = 200;

/** As the history of the CRM names what comes from an address book. */
export const authorOf = (storeId: string): Author => ({ id: `telegram:${storeId}`, name: "Telegram" });

/** Who is to be found in the CRM: people, without oneself and accounts that are deleted. */
export const IN_BOOK = sql`c.is_contact and c.type = 'private' and not c.is_self and c.can_send and c.title <> ''`;

/** Brings the CRM into step with an account's address book, if its owner wants it. @throws TelegramFailure */
export async function keepInStep(account: LinkedAccount): Promise<void> {
  const { ctx, target } = account;
  const { storeId } = target;
  const [store] = await ctx.db.select().from(telegramStores).where(eq(telegramStores.id, storeId));
  if (!store?.keepsContacts) return;
  if (!isFresh(store.contactsAt, ctx.now(), "contacts")) await readContacts(account);
  const people = rowsOf<BookPerson>(
    await ctx.db.execute(sql`
      select c.chat_id::text as "userId", c.title as name, c.username, '+' || ltrim(c.phone_number, '+') as phone, b.taken_at is null as "isNew"
      from telegram_chats c left join telegram_address_book b on b.store_id = c.store_id and b.user_id = c.chat_id
      where c.store_id = ${storeId} and ${IN_BOOK} order by c.chat_id`),
  );
  for (let from = 0; from < people.length; from += PORTION) {
    const portion = people.slice(from, from + PORTION);
    await takeOver(ctx, authorOf(storeId), portion);
    await markTaken(account, portion);
  }
  await ctx.db
    .update(telegramStores)
    .set({ contactsKeptAt: ctx.now(), contactsFailedBy: null })
    .where(eq(telegramStores.id, storeId));
}

async function markTaken({ ctx, target }: LinkedAccount, people: readonly BookPerson[]): Promise<void> {
  const ids = JSON.stringify(people.filter(({ isNew }) => isNew).map(({ userId }) => userId));
  await ctx.db.execute(sql`
    insert into telegram_address_book (store_id, user_id, taken_at)
    select ${target.storeId}::uuid, x::bigint, ${ctx.now().toISOString()}::timestamptz from jsonb_array_elements_text(${ids}::jsonb) x
    on conflict (store_id, user_id) do update set taken_at = excluded.taken_at`);
}

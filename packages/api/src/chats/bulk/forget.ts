import type { Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";

/** Deletes what was or is to be sent to contacts in messages to many. @returns how many */
export const forgetContacts = (tx: Transaction, contactIds: readonly string[]): Promise<number> =>
  removeRows(tx, "telegram_bulk_recipients", sql`contact_id in ${uuidsIn(contactIds)}`);

/** Takes agents' ids and names out of the messages to many that they wrote or approved. */
export async function forgetAuthors(tx: Transaction, personIds: readonly string[]): Promise<void> {
  const ids = textsIn(personIds);
  await tx.execute(sql`
    update telegram_bulks set author_name = case when authors->>0 in ${ids} then '' else author_name end, authors = (
      select jsonb_agg(case when a in ${ids} then 'erased' else a end) from jsonb_array_elements_text(authors) a)
    where exists (select 1 from jsonb_array_elements_text(authors) a where a in ${ids})`);
  await tx.execute(
    sql`update telegram_bulks set approved_by = 'erased', approved_by_name = '' where approved_by in ${ids}`,
  );
}

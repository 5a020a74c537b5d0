import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { invalidField } from "../errors.ts";
import type { Contact, RecordQuery } from "../schema.ts";
import { readerOf } from "./entities.ts";
import { findingOf } from "./list.ts";
import { selectRecords } from "./select.ts";

/**
 * The contacts that are named, in this order, or all that a query finds, by name; those that are gone are left out.
 * @throws DomainError `VALIDATION` when neither or both are given, or more than `maximum` are found
 */
export async function chooseContacts(
  ctx: Context,
  { contactIds, matching }: { contactIds?: readonly string[] | undefined; matching?: RecordQuery | undefined },
  maximum: number,
): Promise<Contact[]> {
  if ((contactIds === undefined) === (matching === undefined))
    throw invalidField("contactIds", "Give contactIds or matching");
  if (contactIds) return selectRecords(ctx.db, "contact", [...new Set(contactIds)], null).then(withoutMerged(ctx));
  const where = await findingOf(ctx, "contact", { filters: [], ...matching, reader: readerOf(ctx) });
  const found = rowsOf<{ id: string }>(
    await ctx.db.execute(
      sql`select r.id from crm_contacts r where ${where} order by lower(r.name), r.id limit ${maximum + 1}`,
    ),
  );
  if (found.length > maximum) throw invalidField("matching", `Finds more than ${maximum} contacts`);
  return selectRecords(
    ctx.db,
    "contact",
    found.map(({ id }) => id),
    null,
  );
}

const withoutMerged =
  ({ db }: Context) =>
  async (contacts: Contact[]): Promise<Contact[]> => {
    const ids = JSON.stringify(contacts.map(({ id }) => id));
    const gone = rowsOf<{ id: string }>(
      await db.execute(sql`
        select id from crm_contacts where merged_into_id is not null
          and id in (select x::uuid from jsonb_array_elements_text(${ids}::jsonb) x)`),
    ).map(({ id }) => id);
    return contacts.filter(({ id }) => !gone.includes(id));
  };

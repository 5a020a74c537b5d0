import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { contactsByMessage, isWithoutMessages } from "../../chats/store/contact-chats.ts";
import { ACTIVITY } from "../../support/conversation-rows.ts";
import { CONTACT, lastContactAt, type Reader } from "./entities.ts";

export interface FoundRow {
  id: string;
  /** What it is sorted by, as text. */
  key: string | null;
}

interface Query {
  /** On the contact `r`. */
  where: SQL;
  reader: Reader;
  /** After it; null for the beginning. */
  place: FoundRow | null;
  descending: boolean;
  /** `where` asks for contacts that wait for an answer: chats that do not are passed over. */
  isOfWaiting: boolean;
  limit: number;
}

/**
 * Contacts by their newest message, over the accounts and the desk as the reader sees them: from the index of each account's chats and that of
 * conversations, so that a page costs the same however many contacts there are. Those without a message come last.
 */
export async function selectByLastContact(db: Database, query: Query): Promise<FoundRow[]> {
  const dated = query.place?.key === null ? [] : await selectDated(db, query);
  if (dated.length >= query.limit) return dated;
  const place = query.place?.key === null ? query.place : null;
  return [...dated, ...(await selectUndated(db, { ...query, place, limit: query.limit - dated.length }))];
}

async function selectDated(
  db: Database,
  { where, reader, place, descending, isOfWaiting, limit }: Query,
): Promise<FoundRow[]> {
  const direction = descending ? sql`desc` : sql`asc`;
  const than = descending ? sql`<` : sql`>`;
  const after = (at: SQL) =>
    place === null ? sql`true` : sql`(${at}, r.id) ${than} (${place.key}::text::timestamptz, ${place.id}::uuid)`;
  // Of several times of a contact the newest is its own. None is later; asked like this, the planner expects many rows and walks the index.
  const which = (at: SQL) => sql`${after(at)} and ${where} and ${at} >= ${lastContactAt(reader)}`;
  const withUser = (userId: SQL) =>
    sql`select n.id from crm_contacts n where n.telegram_user_id = ${userId} and n.merged_into_id is null`;
  const contacts = { ...CONTACT, withUser };
  // A contact with two chats of the same time is there twice.
  const page = { which, isOfWaiting, direction, limit: 2 * limit };
  const { from, personId, at } = ACTIVITY;
  const desk = sql`
    union all (select r.id, ${at} as at from ${from} join ${CONTACT.from} on r.person_id = ${personId} where ${which(at)}
      order by ${at} ${direction}, r.id ${direction} limit ${page.limit})`;
  return rowsOf<FoundRow>(
    await db.execute(sql`
      select y.id, y.at::text as key from (${contactsByMessage(reader.viewer, contacts, page)} ${reader.seesDesk ? desk : sql``}) y
      group by y.id, y.at order by y.at ${direction}, y.id ${direction} limit ${limit}`),
  );
}

async function selectUndated(db: Database, { where, reader, place, descending, limit }: Query): Promise<FoundRow[]> {
  const isAfter = place === null ? sql`true` : sql`r.id ${descending ? sql`<` : sql`>`} ${place.id}::uuid`;
  const isSilent = sql`not exists (select 1 from ${ACTIVITY.from} where ${ACTIVITY.personId} = r.person_id)`;
  return rowsOf<FoundRow>(
    await db.execute(sql`
      select r.id, null as key from ${CONTACT.from} where ${where} and ${isAfter} and ${isWithoutMessages(reader.viewer, CONTACT)}
        and ${reader.seesDesk ? isSilent : sql`true`}
      order by r.id ${descending ? sql`desc` : sql`asc`} limit ${limit}`),
  );
}

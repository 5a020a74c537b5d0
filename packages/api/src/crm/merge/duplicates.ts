import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { invalidField } from "../errors.ts";
import type { DuplicatesInput } from "../inputs.ts";
import { readerOf } from "../records/entities.ts";
import { selectRecords } from "../records/select.ts";
import type { DuplicateGroup, Page } from "../schema.ts";

/** Shorter numbers are extensions and the like, which many may have. */
const MIN_DIGITS = 7;

const LIVE = sql`c.merged_into_id is null`;
const DIGITS = sql`ltrim(regexp_replace(c.phone, '\\D', '', 'g'), '0')`;

/** What two contacts may have in common, as (id, reason, value). */
const KEYS = sql`
  select c.id, 'telegram' as reason, c.telegram_user_id::text as value from crm_contacts c where ${LIVE} and c.telegram_user_id is not null
  union select c.id, 'telegram', i.external_id from crm_contacts c join identities i on i.person_id = c.person_id and i.namespace = 'telegram'
    where ${LIVE}
  union select c.id, 'username', lower(c.username) from crm_contacts c where ${LIVE} and c.username is not null
  union select c.id, 'phone', ${DIGITS} from crm_contacts c where ${LIVE} and c.phone is not null and length(${DIGITS}) >= ${MIN_DIGITS}
  union select c.id, 'email', lower(c.email) from crm_contacts c where ${LIVE} and c.email is not null`;

/**
 * Contacts that may be one: the same Telegram user, username, phone number by its digits, or e-mail address. With an id, only those that may be
 * this contact.
 * @throws DomainError `FORBIDDEN`, `VALIDATION`
 */
export async function listDuplicates(ctx: Context, input: DuplicatesInput): Promise<Page<DuplicateGroup>> {
  requireStaff(ctx.actor, "chats:read");
  const { id = null, limit } = input;
  const groups = sql`
    keys as (${KEYS}),
    groups as (
      select reason, value, jsonb_agg(id order by id) as ids from keys
      where ${id}::uuid is null or (reason, value) in (select reason, value from keys where id = ${id}::uuid)
      group by reason, value having count(*) > 1)`;
  const found = rowsOf<Pick<DuplicateGroup, "reason" | "value"> & { ids: string[] }>(
    await ctx.db.execute(sql`
      with ${groups} select reason, value, ids from groups where ${afterPlace(input.offsetId)}
      order by reason collate "C", value collate "C" limit ${limit + 1}`),
  );
  const [counted] = rowsOf<{ count: number }>(
    await ctx.db.execute(sql`with ${groups} select count(*)::int as count from groups`),
  );
  const shown = found.slice(0, limit);
  const ids = [...new Set(shown.flatMap((group) => group.ids))];
  const contacts = new Map((await selectRecords(ctx.db, "contact", ids, readerOf(ctx))).map((one) => [one.id, one]));
  const last = found.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(({ ids: members, ...group }) => ({
      ...group,
      contacts: members.flatMap((member) => contacts.get(member) ?? []),
    })),
    hasMore: last !== undefined,
    totalCount: counted?.count ?? 0,
    nextOffsetId: last ? `${last.reason}.${Buffer.from(last.value).toString("base64url")}` : null,
  };
}

function afterPlace(offsetId: string | undefined): SQL {
  if (offsetId === undefined) return sql`true`;
  const [, reason, value] = /^([a-z]{1,20})\.([\w-]{1,500})$/.exec(offsetId) ?? [];
  if (!reason || !value) throw invalidField("offsetId", "Not a place of this list");
  const text = Buffer.from(value, "base64url").toString().replaceAll("\u0000", "");
  return sql`(reason collate "C", value collate "C") > (${reason}, ${text})`;
}

import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import { newestOfContacts, ownSinceTheirs } from "../../chats/store/contact-chats.ts";
import type { Context } from "../../context.ts";
import { ACTIVITY } from "../../support/conversation-rows.ts";
import { invalidField } from "../errors.ts";
import type { FollowUpsInput } from "../inputs.ts";
import { CONTACT, type Reader, readerOf } from "../records/entities.ts";
import { isoOf, selectRecords } from "../records/select.ts";
import type { FollowUp, Page } from "../schema.ts";

/** Of contacts without a tag that says otherwise. */
const DEFAULT_DAYS = 30;
const COOL_DOWN_DAYS = 14;
/** So many messages of one's own without an answer, and it is left alone. */
const MAX_UNANSWERED = 3;

interface Row {
  total: number;
  id: string;
  at: string;
  days: number;
  tag: { id: string; name: string } | null;
  unansweredCount: number;
}

/**
 * Contacts to write to again, who were heard of the longest ago first: nothing was written either way for as long as their tag says (the shortest
 * of several, else 30 days), no task about them was done within 14 days, fewer than three messages in a row went unanswered, and they have not
 * refused to be written to. Each says the rule that let it through.
 * @throws DomainError `FORBIDDEN`, `VALIDATION`
 */
export async function listFollowUps(ctx: Context, input: FollowUpsInput): Promise<Page<FollowUp>> {
  requireStaff(ctx.actor, "chats:read");
  const reader = readerOf(ctx);
  const due = dueContacts(reader, ctx.now());
  const found = rowsOf<Row>(
    await ctx.db.execute(sql`
      with ${due} select (select count(*)::int from due) as total, id, ${isoOf(sql`last`)} as at, days, tag, "unansweredCount" from due where ${afterPlace(input.offsetId)}
      order by date_trunc('milliseconds', last), id limit ${input.limit + 1}`),
  );
  const shown = found.slice(0, input.limit);
  const ids = shown.map(({ id }) => id);
  const contacts = new Map((await selectRecords(ctx.db, "contact", ids, reader)).map((one) => [one.id, one]));
  const last = found.length > input.limit ? shown.at(-1) : undefined;
  return {
    items: shown.flatMap(({ id, at, days, tag, unansweredCount }) => {
      const contact = contacts.get(id);
      return contact ? [{ contact, lastContactAt: at, rule: { days, tag }, unansweredCount }] : [];
    }),
    hasMore: last !== undefined,
    totalCount: found[0]?.total ?? 0,
    nextOffsetId: last ? `${Date.parse(last.at)}.${last.id}` : null,
  };
}

function dueContacts({ viewer, seesDesk }: Reader, now: Date): SQL {
  const moment = sql`${now.toISOString()}::timestamptz`;
  const { from, personId, at } = ACTIVITY;
  const desk = sql`union all select r.id, ${at}, null::boolean, null::int from ${from} join ${CONTACT.from} on r.person_id = ${personId}`;
  return sql`
    heard as (
      select id, max(at) as last, max(at) filter (where is_own) = max(at) filter (where is_own is not null) as is_own,
        count(is_own) as chats, max(own) as own
      from (${newestOfContacts(viewer, CONTACT)} ${seesDesk ? desk : sql``}) m group by id),
    rules as (
      select distinct on (x.entity_id) x.entity_id, g.follow_up_days as days, jsonb_build_object('id', g.id, 'name', g.name) as tag
      from crm_tagged x join crm_tags g on g.id = x.tag_id
      where x.entity = 'contact' and g.follow_up_days is not null order by x.entity_id, g.follow_up_days, lower(g.name)),
    ruled as (
      select r.id, r.telegram_user_id, coalesce(t.days, ${DEFAULT_DAYS}) as days, t.tag, h.last, h.is_own, h.chats, h.own
      from crm_contacts r join heard h on h.id = r.id left join rules t on t.entity_id = r.id
      where r.merged_into_id is null and r.consent is distinct from 'refused'),
    due as materialized (
      select r.id, r.days, r.tag, r.last, o.count as "unansweredCount" from ruled r, lateral (
        select case when r.is_own is not true then 0 when r.chats = 1 then r.own
          else (select o.count from ${ownSinceTheirs(viewer, CONTACT, MAX_UNANSWERED)} o) end as count) o
      where r.last <= ${moment} - make_interval(days => r.days) and o.count < ${MAX_UNANSWERED}
        and not exists (select 1 from crm_tasks k where k.entity = 'contact' and k.entity_id = r.id and k.done_by = 'done'
          and k.done_at > ${moment} - make_interval(days => ${COOL_DOWN_DAYS})))`;
}

function afterPlace(offsetId: string | undefined): SQL {
  if (offsetId === undefined) return sql`true`;
  const [, ms, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(offsetId) ?? [];
  if (!id) throw invalidField("offsetId", "Not a place of this list");
  return sql`(date_trunc('milliseconds', last), id) > (${new Date(Number(ms)).toISOString()}::timestamptz, ${id}::uuid)`;
}

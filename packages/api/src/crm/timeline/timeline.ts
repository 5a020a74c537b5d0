import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import {
  countRecordMessages,
  exactOf,
  isAfter,
  selectRecordMessages,
  type TimelinePlace,
} from "../../chats/store/contact-chats.ts";
import type { Context } from "../../context.ts";
import { countPersonMessages, selectPersonMessages } from "../../support/person-messages.ts";
import { invalidField } from "../errors.ts";
import type { TimelineInput } from "../inputs.ts";
import { CHANGE_COLUMNS } from "../records/changes.ts";
import { type Reader, readerOf } from "../records/entities.ts";
import { getRecord } from "../records/get.ts";
import type { TimelineEntry, TimelinePage, TimelineType } from "../schema.ts";
import { type Change, type CrmRecord, type Entity, type Note, type Task, TIMELINE_TYPES } from "../schema.ts";
import { NOTE_COLUMNS } from "../tasks/notes.ts";
import { TASK_COLUMNS } from "../tasks/rows.ts";

/** What a timeline is of. */
interface Subject {
  ctx: Context;
  reader: Reader;
  record: CrmRecord;
  /** Records whose notes, tasks and changes are in it: the record, its deals, and contacts that became part of it. */
  about: SQL;
}

interface Row extends TimelinePlace {
  entry: TimelineEntry;
}

interface Source {
  /** The newest rows after a place. */
  read(of: Subject, page: { before: TimelinePlace | null; limit: number }): Promise<Row[]>;
  count(of: Subject): Promise<number>;
}

/**
 * What happened with a record, newest first, over all channels that the caller sees: messages of its chats in accounts that they see, the
 * desk's where they see the desk, notes, tasks and changes.
 * @throws DomainError `FORBIDDEN`, `NOT_FOUND`, `VALIDATION`
 */
export async function readTimeline(ctx: Context, entity: Entity, input: TimelineInput): Promise<TimelinePage> {
  const record: CrmRecord = await getRecord(ctx, entity, input);
  const of = { ctx, reader: readerOf(ctx), record, about: aboutOf(record) };
  const before = parsePlace(input.offsetId);
  const types: readonly TimelineType[] = input.types ?? TIMELINE_TYPES;
  const [found, counted] = await Promise.all([
    Promise.all(types.map((type) => SOURCES[type].read(of, { before, limit: input.limit + 1 }))),
    Promise.all(TIMELINE_TYPES.map(async (type) => [type, await SOURCES[type].count(of)] as const)),
  ]);
  const rows = found.flat().sort((a, b) => (a.at === b.at ? compare(b.key, a.key) : compare(b.at, a.at)));
  const shown = rows.slice(0, input.limit);
  const last = rows.length > input.limit ? shown.at(-1) : undefined;
  const counts = Object.fromEntries(counted) as Record<TimelineType, number>;
  return {
    items: shown.map(({ entry }) => entry),
    hasMore: last !== undefined,
    totalCount: types.reduce((sum, type) => sum + counts[type], 0),
    nextOffsetId: last ? `${last.at}_${last.key}` : null,
    counts,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})_([\w:-]{1,200})$/;

/** @throws DomainError `VALIDATION` */
function parsePlace(offsetId: string | undefined): TimelinePlace | null {
  if (offsetId === undefined) return null;
  const [, at, key] = PLACE.exec(offsetId) ?? [];
  if (!at || !key || Number.isNaN(Date.parse(`${at}Z`))) throw invalidField("offsetId", "Not a place of this list");
  return { at, key };
}

const isoOfExact = (at: string): string => `${at.slice(0, 23)}Z`;

function aboutOf({ entity, id }: CrmRecord): SQL {
  const own = sql`(x.entity = ${entity} and x.entity_id = ${id})`;
  if (entity !== "contact") return own;
  return sql`(${own} or x.entity = 'deal' and x.entity_id in (select id from crm_deals where contact_id = ${id})
    or x.entity = 'contact' and x.entity_id in (select id from crm_contacts where merged_into_id = ${id}))`;
}

const ofMessages = ({ ctx, reader, record }: Subject) => ({
  viewer: reader.viewer,
  entity: record.entity,
  id: record.id,
  userId: record.entity === "contact" ? record.telegramUserId : null,
  db: ctx.db,
});

/** The desk's customer whose messages the caller may read. */
const personOf = ({ record, reader }: Subject): string | null =>
  record.entity === "contact" && reader.seesDesk ? record.personId : null;

const count = async ({ ctx, about }: Subject, table: SQL): Promise<number> => {
  const [row] = rowsOf<{ count: number }>(
    await ctx.db.execute(sql`select count(*)::int as count from ${table} x where ${about}`),
  );
  return row?.count ?? 0;
};

/** Rows of a table of the CRM; `x` is the row. */
async function readOwn<Value>(
  { ctx, about }: Subject,
  { before, limit }: { before: TimelinePlace | null; limit: number },
  { table, at, key, columns }: { table: SQL; at: SQL; key: SQL; columns: SQL },
): Promise<(TimelinePlace & { value: Value })[]> {
  return rowsOf<TimelinePlace & { value: Value }>(
    await ctx.db.execute(sql`
      select ${exactOf(at)} as at, ${key} as key, (select to_jsonb(v) from (select ${columns}) v) as value
      from ${table} where ${about} and ${isAfter(before, { at, key })} order by ${at} desc, ${key} collate "C" desc limit ${limit}`),
  );
}

const SOURCES: Readonly<Record<TimelineType, Source>> = {
  telegram: {
    async read(of, page) {
      const { db, ...which } = ofMessages(of);
      return (await selectRecordMessages(db, which, page)).map(({ at, key, ...message }) => ({
        ...{ at, key },
        entry: {
          type: "telegram",
          ...message,
          id: `${message.accountId}/${message.chatId}/${message.id}`,
          messageId: message.id,
          at: isoOfExact(at),
        },
      }));
    },
    async count(of) {
      const { db, ...which } = ofMessages(of);
      return countRecordMessages(db, which);
    },
  },
  desk: {
    async read(of, { before, limit }) {
      const personId = personOf(of);
      if (personId === null) return [];
      const messages = await selectPersonMessages(of.ctx.db, personId, {
        isAfter: (row) => isAfter(before, row),
        limit,
      });
      return messages.map(({ at, key, id, ...message }) => ({
        ...{ at, key },
        entry: { type: "desk", ...message, id: String(id), at: isoOfExact(at) },
      }));
    },
    async count(of) {
      const personId = personOf(of);
      return personId === null ? 0 : countPersonMessages(of.ctx.db, personId);
    },
  },
  note: {
    async read(of, page) {
      const key = sql`('note:' || x.id)`;
      const own = {
        table: sql`crm_notes x, lateral (select x.*) n`,
        at: sql`x.created_at`,
        key,
        columns: NOTE_COLUMNS,
      };
      return (await readOwn<Note>(of, page, own)).map(({ at, key, value: note }) => ({
        ...{ at, key },
        entry: { type: "note", id: note.id, at: isoOfExact(at), note },
      }));
    },
    count: (of) => count(of, sql`crm_notes`),
  },
  task: {
    async read(of, page) {
      const key = sql`('task:' || x.id)`;
      const own = {
        table: sql`crm_tasks x, lateral (select x.*) k`,
        at: sql`x.created_at`,
        key,
        columns: TASK_COLUMNS,
      };
      return (await readOwn<Task>(of, page, own)).map(({ at, key, value: task }) => ({
        ...{ at, key },
        entry: { type: "task", id: task.id, at: isoOfExact(at), task },
      }));
    },
    count: (of) => count(of, sql`crm_tasks`),
  },
  change: {
    async read(of, page) {
      const key = sql`('change:' || lpad(x.id::text, 19, '0'))`;
      const columns = sql`x.entity, x.entity_id as "entityId", coalesce(
        (select d.name from crm_deals d where x.entity = 'deal' and d.id = x.entity_id), ${of.record.name}) as name,
        (select to_jsonb(c) from (select ${CHANGE_COLUMNS}) c) as change,
        (select m.id from crm_merges m where x.kind = 'merged' and m.id::text = x.details->>'merge' and m.kept_id = x.entity_id and m.undone_at is null) as "undoableMerge"`;
      const own = { table: sql`crm_changes x, lateral (select x.*) h`, at: sql`x.at`, key, columns };
      type Value = { entity: Entity; entityId: string; name: string; change: Change; undoableMerge: string | null };
      return (await readOwn<Value>(of, page, own)).map(({ at, key, value }) => ({
        ...{ at, key },
        entry: { type: "change", id: String(value.change.id), at: isoOfExact(at), ...value },
      }));
    },
    count: (of) => count(of, sql`crm_changes`),
  },
};

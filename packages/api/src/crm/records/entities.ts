import { type SQL, sql } from "drizzle-orm";
import { isStaff } from "../../auth/permissions.ts";
import { type Viewer, viewerOf } from "../../chats/access.ts";

import { hasChat, isAmongUnanswered, isUnanswered, lastMessageAt } from "../../chats/store/contact-chats.ts";

import type { Context } from "../../context.ts";
import { lastActivityOf } from "../../support/conversation-rows.ts";
import type { Entity, FieldType } from "../schema.ts";

/** What a reader sees of channels: null where it is for all of staff, and nothing of channels is in it. */
export interface Reader {
  viewer: Viewer;
  seesDesk: boolean;
}

/** @throws DomainError `UNAUTHORIZED` */
export const readerOf = (ctx: Pick<Context, "actor" | "now">): Reader => ({
  viewer: viewerOf(ctx),
  seesDesk: isStaff(ctx.actor, "support:read"),
});

export type ColumnType =
  | "text"
  | "uuid"
  | "bigint"
  | "number"
  | "instant"
  | "boolean"
  | "date"
  | "select"
  | "multiSelect";

/** What lists filter and sort by. */
export interface Column {
  type: ColumnType;
  /** Its value in a statement where the record is `r`. */
  value: SQL;
  isNullable: boolean;
  /** The same, where it is cheaper when all records are asked. */
  valueOfAll?: SQL;
  /** Values are compared without regard to case. */
  ignoresCase?: boolean;
  canSort: boolean;
}

type Stored = Readonly<Record<string, { column: string; type: ColumnType; cast: string; isNullable?: boolean }>>;

const instant = (column: string, isNullable = true) =>
  ({ column, type: "instant", cast: "timestamptz", isNullable }) as const;
const text = (column: string, isNullable = true) => ({ column, type: "text", cast: "text", isNullable }) as const;
const id = (column: string, isNullable = true) => ({ column, type: "uuid", cast: "uuid", isNullable }) as const;
const COMMON = {
  name: text("name", false),
  ownerId: id("owner_id"),
  createdAt: instant("created_at", false),
  updatedAt: instant("updated_at", false),
} satisfies Stored;

/** Columns of the tables, by the names that clients have for them. */
export const STORED: Readonly<Record<Entity, Stored>> = {
  contact: {
    ...COMMON,
    email: text("email"),
    phone: text("phone"),
    username: text("username"),
    telegramUserId: { column: "telegram_user_id", type: "bigint", cast: "bigint", isNullable: true },
    personId: id("person_id"),
    companyId: id("company_id"),
    source: text("source"),
    consent: text("consent"),
    consentAt: instant("consent_at"),
  },
  company: { ...COMMON, website: text("website"), phone: text("phone") },
  deal: {
    ...COMMON,
    number: { column: "number", type: "number", cast: "bigint", isNullable: false },
    stageId: id("stage_id", false),
    position: { column: "position", type: "number", cast: "float8", isNullable: false },
    amount: { column: "amount", type: "number", cast: "numeric", isNullable: true },
    currency: text("currency", false),
    contactId: id("contact_id"),
    companyId: id("company_id"),
    nextStep: text("next_step"),
    nextStepAt: instant("next_step_at"),
    stageSince: instant("stage_since", false),
    closedAt: instant("closed_at"),
  },
};

export const TABLES: Readonly<Record<Entity, SQL>> = {
  contact: sql`crm_contacts`,
  company: sql`crm_companies`,
  deal: sql`crm_deals`,
};

/** Records that there are: a contact that became part of another is none. */
export const LIVE: Readonly<Record<Entity, SQL>> = {
  contact: sql`r.merged_into_id is null`,
  company: sql`true`,
  deal: sql`true`,
};

/** The contact `r` of a statement. */
export const CONTACT = { from: sql`crm_contacts r`, userId: sql`r.telegram_user_id`, contactId: sql`r.id` };

/** The newest message over all channels that the reader sees. */
export const lastContactAt = ({ viewer, seesDesk }: Reader): SQL => {
  const telegram = lastMessageAt(viewer, CONTACT);
  return seesDesk ? sql`greatest(${telegram}, ${lastActivityOf(sql`r.person_id`)})` : telegram;
};

/** What is not stored with the record. */
const computed = (entity: Entity, reader: Reader): Readonly<Record<string, Column>> => {
  const isTied = hasChat(reader.viewer, {
    entity,
    id: sql`r.id`,
    userId: entity === "contact" ? CONTACT.userId : null,
  });
  const chatted = { hasChat: { type: "boolean", value: isTied, isNullable: false, canSort: false } } as const;
  if (entity === "contact")
    return {
      ...chatted,
      lastContactAt: { type: "instant", value: lastContactAt(reader), isNullable: true, canSort: true },
      unanswered: {
        type: "boolean",
        value: isUnanswered(reader.viewer, CONTACT),
        valueOfAll: isAmongUnanswered(reader.viewer, CONTACT),
        isNullable: false,
        canSort: false,
      },
    };
  if (entity === "company") return chatted;
  const ofStage = (column: string) => sql`(select s.${sql.raw(column)} from crm_stages s where s.id = r.stage_id)`;
  return {
    ...chatted,
    pipelineId: { type: "uuid", value: ofStage("pipeline_id"), isNullable: false, canSort: false },
    stageKind: { type: "text", value: ofStage("kind"), isNullable: false, canSort: false },
  };
};

/** A column by the name that clients have for it; undefined where the record has none. */
export function columnOf(entity: Entity, name: string, reader: Reader): Column | undefined {
  const stored = Object.hasOwn(STORED[entity], name) ? STORED[entity][name] : undefined;
  if (!stored) return Object.hasOwn(computed(entity, reader), name) ? computed(entity, reader)[name] : undefined;
  const { column, type, isNullable = true } = stored;
  const ignoresCase = type === "text" && name !== "currency";
  const value = sql`r.${sql.identifier(column)}`;
  return {
    type,
    value: ignoresCase ? sql`lower(${value})` : value,
    isNullable,
    ignoresCase,
    canSort: true,
  };
}

const FIELD_COLUMNS: Readonly<Record<FieldType, ColumnType>> = {
  text: "text",
  longText: "text",
  number: "number",
  date: "date",
  select: "select",
  multiSelect: "multiSelect",
  checkbox: "boolean",
};

/** A custom field as a column. */
export function columnOfField({ id: fieldId, type }: { id: string; type: FieldType }): Column {
  const value = sql`(r.fields->>${fieldId})`;
  const columnType = FIELD_COLUMNS[type];
  const ignoresCase = columnType === "text";
  return {
    type: columnType,
    value:
      columnType === "number"
        ? sql`${value}::numeric`
        : columnType === "boolean"
          ? sql`coalesce(${value}::boolean, false)`
          : ignoresCase
            ? sql`lower(${value})`
            : value,
    isNullable: columnType !== "boolean",
    ignoresCase,
    canSort: columnType !== "multiSelect",
  };
}

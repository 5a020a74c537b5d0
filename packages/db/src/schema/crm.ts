import { type SQL, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { people } from "./auth.ts";
import { instant } from "./columns.ts";

/** What contacts, companies and deals have in common. */
const record = () => ({
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  /** The agent who looks after it. */
  ownerId: uuid("owner_id").references(() => people.id, { onDelete: "set null" }),
  /** Values of custom fields by field id: a string, a number, a boolean, or a list of option ids. */
  fields: jsonb("fields").notNull().default({}),
  /** Counts changes: a change that names an older one is refused. */
  version: integer("version").notNull().default(1),
  /** A person's id, `key:<id>`, `import:<id>` or `automation:<id>`. */
  createdBy: text("created_by").notNull(),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/** What a search looks through, in lower case. */
const words = (expression: SQL) => text("words").notNull().generatedAlwaysAs(expression);
const digitsOf = (column: string): SQL => sql.raw(`regexp_replace(coalesce(${column}, ''), '\\D', '', 'g')`);

export const crmCompanies = pgTable(
  "crm_companies",
  {
    ...record(),
    website: text("website"),
    phone: text("phone"),
    words: words(
      sql`lower(name || ' ' || coalesce(website, '') || ' ' || coalesce(phone, '') || ' ' || ${digitsOf("phone")})`,
    ),
  },
  (t) => [
    index("crm_companies_name").on(sql`lower(name)`, t.id),
    index("crm_companies_owner").on(t.ownerId),
    index("crm_companies_fields").using("gin", sql`fields jsonb_path_ops`),
  ],
);

/** People as the CRM knows them; those with a Telegram user are one contact, whatever accounts see them. */
export const crmContacts = pgTable(
  "crm_contacts",
  {
    ...record(),
    email: text("email"),
    phone: text("phone"),
    /** Without `@`. */
    username: text("username"),
    telegramUserId: bigint("telegram_user_id", { mode: "number" }),
    /** The desk's customer that this is. */
    personId: uuid("person_id").references(() => people.id, { onDelete: "set null" }),
    companyId: uuid("company_id").references(() => crmCompanies.id, { onDelete: "set null" }),
    source: text("source"),
    /** What they said to messages that they did not ask for: `agreed` or `refused`; null when they were not asked. */
    consent: text("consent"),
    consentAt: instant("consent_at"),
    mergedIntoId: uuid("merged_into_id").references((): AnyPgColumn => crmContacts.id, { onDelete: "cascade" }),
    words: words(
      sql`lower(name || ' ' || coalesce(username, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' || ${digitsOf("phone")})`,
    ),
  },
  (t) => [
    uniqueIndex("crm_contacts_telegram")
      .on(t.telegramUserId)
      .where(sql`telegram_user_id is not null and merged_into_id is null`),
    uniqueIndex("crm_contacts_person").on(t.personId).where(sql`person_id is not null and merged_into_id is null`),
    index("crm_contacts_name").on(sql`lower(name)`, t.id),
    index("crm_contacts_owner").on(t.ownerId),
    index("crm_contacts_company").on(t.companyId),
    index("crm_contacts_updated").on(t.updatedAt, t.id),
    index("crm_contacts_created").on(t.createdAt, t.id),
    index("crm_contacts_fields").using("gin", sql`fields jsonb_path_ops`),
  ],
);

/** A sequence of stages. */
export const crmPipelines = pgTable("crm_pipelines", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  position: integer("position").notNull(),
});

export const crmStages = pgTable(
  "crm_stages",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    pipelineId: uuid("pipeline_id")
      .notNull()
      .references(() => crmPipelines.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    position: integer("position").notNull(),
    /** `open`, `won` or `lost`. */
    kind: text("kind").notNull(),
    /** How likely a deal here is won, 0 to 100. */
    probability: integer("probability").notNull(),
  },
  (t) => [index("crm_stages_pipeline").on(t.pipelineId, t.position)],
);

export const crmDeals = pgTable(
  "crm_deals",
  {
    ...record(),
    /** What people call it by: D-1042. */
    number: bigint("number", { mode: "number" }).generatedAlwaysAsIdentity({ startWith: 1001 }),
    stageId: uuid("stage_id")
      .notNull()
      .references(() => crmStages.id),
    /** Among the deals of its stage, ascending. */
    position: doublePrecision("position").notNull(),
    amount: numeric("amount", { precision: 18, scale: 2 }),
    /** ISO 4217. */
    currency: text("currency").notNull(),
    contactId: uuid("contact_id").references(() => crmContacts.id, { onDelete: "set null" }),
    companyId: uuid("company_id").references(() => crmCompanies.id, { onDelete: "set null" }),
    nextStep: text("next_step"),
    nextStepAt: instant("next_step_at"),
    stageSince: instant("stage_since").notNull(),
    /** When it came to a stage that is won or lost. */
    closedAt: instant("closed_at"),
    words: words(sql`lower(name || ' d-' || number::text || ' ' || coalesce(next_step, ''))`),
  },
  (t) => [
    index("crm_deals_board").on(t.stageId, t.position, t.id),
    index("crm_deals_contact").on(t.contactId),
    index("crm_deals_company").on(t.companyId),
    index("crm_deals_owner").on(t.ownerId),
    index("crm_deals_number").on(t.number),
    index("crm_deals_fields").using("gin", sql`fields jsonb_path_ops`),
  ],
);

/** Columns of one's own. */
export const crmFields = pgTable(
  "crm_fields",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** `contact`, `company` or `deal`. */
    entity: text("entity").notNull(),
    name: text("name").notNull(),
    /** `text`, `longText`, `number`, `date`, `select`, `multiSelect` or `checkbox`; never changes. */
    type: text("type").notNull(),
    /** Of selects: `[{ id, label }]`. */
    options: jsonb("options").notNull().default([]),
    position: integer("position").notNull(),
  },
  (t) => [uniqueIndex("crm_fields_name").on(t.entity, sql`lower(name)`)],
);

export const crmTags = pgTable(
  "crm_tags",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    name: text("name").notNull(),
    /** After so many days without a message its contacts are to be written to again. */
    followUpDays: integer("follow_up_days"),
    createdAt: instant("created_at").notNull(),
  },
  () => [uniqueIndex("crm_tags_name").on(sql`lower(name)`)],
);

/** Tags of records. */
export const crmTagged = pgTable(
  "crm_tagged",
  {
    tagId: uuid("tag_id")
      .notNull()
      .references(() => crmTags.id, { onDelete: "cascade" }),
    entity: text("entity").notNull(),
    entityId: uuid("entity_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.entity, t.entityId, t.tagId] }), index("crm_tagged_tag").on(t.tagId, t.entity)],
);

export const crmNotes = pgTable(
  "crm_notes",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    entity: text("entity").notNull(),
    entityId: uuid("entity_id").notNull(),
    text: text("text").notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [index("crm_notes_of").on(t.entity, t.entityId, t.createdAt)],
);

/** What is to be done, by when; reminders too. */
export const crmTasks = pgTable(
  "crm_tasks",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** What it is about; both null for a task of its own. */
    entity: text("entity"),
    entityId: uuid("entity_id"),
    title: text("title").notNull(),
    assigneeId: uuid("assignee_id").references(() => people.id, { onDelete: "set null" }),
    dueAt: instant("due_at"),
    /**
     * Of "remind me if no reply": `{ accountId, chatId, sinceMessageId }`; a message of the other side after that one cancels it.
     */
    unlessReply: jsonb("unless_reply"),
    /** When the assignee was told that it is due. */
    remindedAt: instant("reminded_at"),
    doneAt: instant("done_at"),
    /** Why it is done: `done` by a person, `replied`, or `cancelled`. */
    doneBy: text("done_by"),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    index("crm_tasks_of").on(t.entity, t.entityId),
    index("crm_tasks_due").on(t.dueAt).where(sql`done_at is null`),
    index("crm_tasks_assignee").on(t.assigneeId, t.dueAt).where(sql`done_at is null`),
  ],
);

/** Saved lists. */
export const crmViews = pgTable("crm_views", {
  id: uuid("id").primaryKey().defaultRandom(),
  entity: text("entity").notNull(),
  name: text("name").notNull(),
  /** Filters, sort and columns, as the list takes them. */
  query: jsonb("query").notNull(),
  /** Whose it is; null for everyone. */
  ownerId: uuid("owner_id").references(() => people.id, { onDelete: "cascade" }),
  createdAt: instant("created_at").notNull(),
});

/** What was changed of records, refused attempts too: their history, which is only added to. */
export const crmChanges = pgTable(
  "crm_changes",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    entity: text("entity").notNull(),
    entityId: uuid("entity_id").notNull(),
    /** `created`, `updated`, `moved`, `moveRefused`, `tagged`, `merged`, `unmerged`, `deleted`. */
    kind: text("kind").notNull(),
    /** `{ <field>: [old, new] }`, or what the kind needs. */
    details: jsonb("details").notNull(),
    /** Of what one action changed in many records. */
    batch: uuid("batch"),
    actor: text("actor").notNull(),
    actorName: text("actor_name").notNull(),
    at: instant("at").notNull(),
  },
  (t) => [
    index("crm_changes_of").on(t.entity, t.entityId, t.at),
    index("crm_changes_told").on(t.kind, t.at).where(sql`kind in ('moved', 'tagged')`),
    index("crm_changes_batch").on(t.batch).where(sql`batch is not null`),
    index("crm_changes_undoes")
      .on(sql`(details->>'undoes')`)
      .where(sql`kind = 'tagged' and details->>'undoes' is not null`),
  ],
);

/** Contacts that became one, with what is needed to part them again. */
export const crmMerges = pgTable("crm_merges", {
  id: uuid("id").primaryKey().defaultRandom(),
  keptId: uuid("kept_id").notNull(),
  goneId: uuid("gone_id").notNull(),
  /** What the kept one was before, and what was moved to it. */
  moved: jsonb("moved").notNull(),
  mergedBy: text("merged_by").notNull(),
  mergedAt: instant("merged_at").notNull(),
  undoneAt: instant("undone_at"),
});

/** Texts to begin a message with: `{first_name or "there"}` is replaced. */
export const crmTemplates = pgTable(
  "crm_templates",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    name: text("name").notNull(),
    text: text("text").notNull(),
    entities: jsonb("entities").notNull().default([]),
    isArchived: boolean("is_archived").notNull().default(false),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  () => [uniqueIndex("crm_templates_name").on(sql`lower(name)`).where(sql`not is_archived`)],
);

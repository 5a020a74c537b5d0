import { z } from "zod";
import { messageEntity } from "../chats/schema.ts";
import { instant } from "../instant.ts";
import { isStorable } from "../storable.ts";

export const storable = (text: z.ZodString) => text.refine(isStorable, "No NUL or half characters");
const iso = z.string();
const isoOrNull = iso.nullable();
const textOrNull = z.string().nullable();
const idOrNull = z.string().nullable();

export const ENTITIES = ["contact", "company", "deal"] as const;
export const entity = z.enum(ENTITIES);
export type Entity = z.infer<typeof entity>;

export const FIELD_TYPES = ["text", "longText", "number", "date", "select", "multiSelect", "checkbox"] as const;
export const fieldType = z.enum(FIELD_TYPES);
export type FieldType = z.infer<typeof fieldType>;

export const fieldOption = z.object({ id: z.string(), label: z.string() });
export const field = z.object({
  id: z.string(),
  entity,
  name: z.string(),
  type: fieldType,
  options: z.array(fieldOption),
  position: z.int(),
});
export type Field = z.infer<typeof field>;

/** A text, a number, `YYYY-MM-DD`, an option's id, several, or yes and no; null is none. */
export const fieldValue = z.union([
  storable(z.string().max(10_000)),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  z.null(),
]);
export type FieldValue = z.infer<typeof fieldValue>;

const record = {
  id: z.string(),
  name: z.string(),
  ownerId: idOrNull,
  /** The owner's name, for showing. */
  ownerName: textOrNull,
  fields: z.record(z.string(), fieldValue),
  tags: z.array(z.object({ id: z.string(), name: z.string() })),
  version: z.int(),
  createdAt: iso,
  updatedAt: iso,
};

export const company = z.object({
  ...record,
  entity: z.literal("company"),
  website: textOrNull,
  phone: textOrNull,
  contactCount: z.int(),
  /** Sums of open deals by currency, as decimal strings. */
  openAmounts: z.record(z.string(), z.string()),
});
export type Company = z.infer<typeof company>;

export const contact = z.object({
  ...record,
  entity: z.literal("contact"),
  email: textOrNull,
  phone: textOrNull,
  username: textOrNull,
  telegramUserId: idOrNull,
  /** The desk's customer that this is. */
  personId: idOrNull,
  companyId: idOrNull,
  companyName: textOrNull,
  source: textOrNull,
  consent: z.enum(["agreed", "refused"]).nullable(),
  consentAt: isoOrNull,
  /** The newest message with them over all channels that the caller sees. */
  lastContactAt: isoOrNull,
  /** Sums of open deals by currency, as decimal strings. */
  openAmounts: z.record(z.string(), z.string()),
});
export type Contact = z.infer<typeof contact>;

export const deal = z.object({
  ...record,
  entity: z.literal("deal"),
  /** What people call it by: 1042 is D-1042. */
  number: z.int(),
  stageId: z.string(),
  position: z.number(),
  /** Decimal string with two places. */
  amount: textOrNull,
  currency: z.string(),
  contactId: idOrNull,
  contactName: textOrNull,
  companyId: idOrNull,
  companyName: textOrNull,
  nextStep: textOrNull,
  nextStepAt: isoOrNull,
  stageSince: iso,
  closedAt: isoOrNull,
});
export type Deal = z.infer<typeof deal>;

export const crmRecord = z.discriminatedUnion("entity", [contact, company, deal]);
export type CrmRecord = z.infer<typeof crmRecord>;

export const STAGE_KINDS = ["open", "won", "lost"] as const;
export const stage = z.object({
  id: z.string(),
  name: z.string(),
  position: z.int(),
  kind: z.enum(STAGE_KINDS),
  probability: z.int().min(0).max(100),
});
export type Stage = z.infer<typeof stage>;
export const pipeline = z.object({ id: z.string(), name: z.string(), stages: z.array(stage) });
export type Pipeline = z.infer<typeof pipeline>;

export const tag = z.object({
  id: z.string(),
  name: z.string(),
  count: z.int(),
  /** Its contacts are to be written to again after so many days without a message. */
  followUpDays: z.int().nullable(),
});
export type Tag = z.infer<typeof tag>;

export const note = z.object({
  id: z.string(),
  entity,
  entityId: z.string(),
  text: z.string(),
  createdBy: z.string(),
  authorName: textOrNull,
  createdAt: iso,
  updatedAt: iso,
});
export type Note = z.infer<typeof note>;

export const task = z.object({
  id: z.string(),
  entity: entity.nullable(),
  entityId: idOrNull,
  /** Name of the record it is about. */
  about: textOrNull,
  title: z.string(),
  assigneeId: idOrNull,
  assigneeName: textOrNull,
  dueAt: isoOrNull,
  /** It ends by itself when the other side of this chat writes. */
  unlessReply: z.object({ accountId: z.string(), chatId: z.string() }).nullable(),
  doneAt: isoOrNull,
  doneBy: z.enum(["done", "replied", "cancelled"]).nullable(),
  createdAt: iso,
});
export type Task = z.infer<typeof task>;

/** Filters all hold at once. `field` is a column of the record, `tag`, or a custom field's id. */
export const FILTER_OPERATORS = [
  "is",
  "isNot",
  "contains",
  "anyOf",
  "before",
  "after",
  "atLeast",
  "atMost",
  "isEmpty",
  "isSet",
] as const;
export const filter = z.object({
  field: z.string().max(64),
  operator: z.enum(FILTER_OPERATORS),
  value: z
    .union([storable(z.string().max(1_000)), z.number(), z.boolean(), z.array(z.string().max(64)).max(100)])
    .optional(),
});
export type Filter = z.infer<typeof filter>;
export const recordQuery = z.object({
  /** Words of name, handle, phone, mail. */
  query: storable(z.string().max(256)).optional(),
  filters: z.array(filter).max(20).default([]),
  sort: z.object({ field: z.string().max(64), descending: z.boolean().default(false) }).optional(),
});
export type RecordQuery = z.infer<typeof recordQuery>;
export const view = z.object({
  id: z.string(),
  entity,
  name: z.string(),
  query: recordQuery,
  isShared: z.boolean(),
  createdAt: iso,
});
export type View = z.infer<typeof view>;

/** A line of a record's history. */
export const change = z.object({
  id: z.int(),
  kind: z.enum(["created", "updated", "moved", "moveRefused", "tagged", "merged", "unmerged", "deleted"]),
  details: z.record(z.string(), z.unknown()),
  actor: z.string(),
  actorName: z.string(),
  at: iso,
});
export type Change = z.infer<typeof change>;

/** A line of a contact's timeline, newest first, over all channels that the caller sees. */
export const timelineEntry = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("telegram"),
    id: z.string(),
    /** Its id in the chat. */
    messageId: z.string(),
    at: iso,
    accountId: z.string(),
    chatId: z.string(),
    text: z.string(),
    isOutgoing: z.boolean(),
    media: z.string().nullable(),
  }),
  z.object({
    type: z.literal("desk"),
    id: z.string(),
    at: iso,
    conversationId: z.int(),
    channel: z.string(),
    kind: z.string(),
    text: z.string(),
    author: z.string(),
  }),
  z.object({ type: z.literal("note"), id: z.string(), at: iso, note }),
  z.object({ type: z.literal("task"), id: z.string(), at: iso, task }),
  z.object({
    type: z.literal("change"),
    id: z.string(),
    at: iso,
    entity,
    entityId: z.string(),
    name: z.string(),
    change,
    /** Of a merge that was not undone yet: its id, for `contacts.unmerge`. */
    undoableMerge: z.string().nullable(),
  }),
]);
export type TimelineEntry = z.infer<typeof timelineEntry>;
export const TIMELINE_TYPES = ["telegram", "desk", "note", "task", "change"] as const;
export type TimelineType = (typeof TIMELINE_TYPES)[number];
/** `totalCount` is of the types that were asked for. */
export interface TimelinePage extends Page<TimelineEntry> {
  counts: Record<TimelineType, number>;
}

/** A deal board: the open stages of a pipeline and, with them, those that end a deal. */
export const board = z.object({
  pipeline,
  columns: z.array(
    z.object({
      stageId: z.string(),
      /** The first deals; further ones by `deals.list` with a filter of `stageId`, sorted by `position`. */
      items: z.array(deal),
      totalCount: z.int(),
      hasMore: z.boolean(),
      /** Sums by currency, as decimal strings. */
      amounts: z.record(z.string(), z.string()),
    }),
  ),
});
export type Board = z.infer<typeof board>;

/** What happens to records, on one log for all of staff. In its records `lastContactAt` is null: it depends on who reads. */
export const crmEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("saved"), record: crmRecord }),
  z.object({ type: z.literal("deleted"), entity, id: z.string() }),
  z.object({
    type: z.literal("dealMoved"),
    record: deal,
    fromStageId: z.string(),
    actor: z.string(),
    actorName: z.string(),
  }),
  /** Many at once: lists are read again. */
  z.object({ type: z.literal("manyChanged"), entity, count: z.int() }),
  z.object({
    type: z.literal("tagged"),
    record: crmRecord,
    tag: z.object({ id: z.string(), name: z.string() }),
    actor: z.string(),
  }),
  /** A note was written or changed. */
  z.object({ type: z.literal("noted"), note }),
  z.object({ type: z.literal("noteDeleted"), id: z.string(), entity, entityId: z.string() }),
  z.object({ type: z.literal("task"), task }),
  z.object({ type: z.literal("taskDeleted"), id: z.string() }),
  /** Fields, stages, tags or views were changed: read them again. */
  z.object({ type: z.literal("setupChanged") }),
]);
export type CrmEvent = z.infer<typeof crmEvent>;

/** A page of a list. */
export interface Page<Item> {
  items: Item[];
  hasMore: boolean;
  /** Of the whole list. */
  totalCount: number;
  /** For `offsetId` of the next page; null at the end. */
  nextOffsetId: string | null;
}

/** A text to begin a message with. @see `templates/render.ts` for its variables */
export const template = z.object({
  id: z.string(),
  name: z.string(),
  text: z.string(),
  entities: z.array(messageEntity),
  isArchived: z.boolean(),
  updatedAt: iso,
});
export type Template = z.infer<typeof template>;

/** A contact to write to again, and why. */
export const followUp = z.object({
  contact,
  lastContactAt: iso,
  /** So many days without a message; the tag that says so, null for the default. */
  rule: z.object({ days: z.int(), tag: z.object({ id: z.string(), name: z.string() }).nullable() }),
  /** Messages that they have not answered. */
  unansweredCount: z.int(),
});
export type FollowUp = z.infer<typeof followUp>;

/** Contacts that may be one, and why. */
export const duplicateGroup = z.object({
  reason: z.enum(["telegram", "username", "phone", "email"]),
  /** What they have in common. */
  value: z.string(),
  contacts: z.array(contact),
});
export type DuplicateGroup = z.infer<typeof duplicateGroup>;

// What calls that write records take.

const name = storable(z.string().trim().min(1).max(200));
const shortText = storable(z.string().trim().max(500)).nullable();
const id = z.guid();
const tags = z.array(id).max(100).optional();
const version = z.int().min(1);
const own = { ownerId: id.nullable().optional(), fields: z.record(z.guid(), fieldValue).optional() };
const contactFields = {
  ...own,
  email: storable(z.string().trim().max(320)).pipe(z.email()).nullable().optional(),
  phone: storable(z.string().trim().max(40)).nullable().optional(),
  username: z
    .string()
    .trim()
    .regex(/^@?\w{3,32}$/)
    .nullable()
    .optional(),
  telegramUserId: z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .nullable()
    .optional(),
  personId: id.nullable().optional(),
  companyId: id.nullable().optional(),
  source: shortText.optional(),
  consent: z.enum(["agreed", "refused"]).nullable().optional(),
};
const companyFields = {
  ...own,
  website: shortText.optional(),
  phone: storable(z.string().trim().max(40)).nullable().optional(),
};
const dealFields = {
  ...own,
  amount: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,2})?$/, "A decimal number with at most two places")
    .nullable()
    .optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "ISO 4217, such as EUR")
    .optional(),
  contactId: id.nullable().optional(),
  companyId: id.nullable().optional(),
  nextStep: shortText.optional(),
  nextStepAt: instant.nullable().optional(),
};
export const createContactInput = z.object({ name, tags, ...contactFields });
export const updateContactInput = z.object({ id, version, name: name.optional(), ...contactFields });
export const createCompanyInput = z.object({ name, tags, ...companyFields });
export const updateCompanyInput = z.object({ id, version, name: name.optional(), ...companyFields });
export const createDealInput = z.object({ name, tags, stageId: id.optional(), ...dealFields });
export const updateDealInput = z.object({ id, version, name: name.optional(), ...dealFields });

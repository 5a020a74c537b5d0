import { z } from "zod";
import { messageEntity } from "../chats/schema.ts";
import { instant } from "../instant.ts";
import { entity, fieldType, recordQuery, STAGE_KINDS, storable, TIMELINE_TYPES } from "./schema.ts";

/** What calls of the CRM take. */

const id = z.guid();
const version = z.int().min(1);
export const pageInput = {
  limit: z.int().min(1).max(100).default(50),
  offsetId: z.string().min(1).max(300).optional(),
};
export const listInput = recordQuery.extend(pageInput);
export type ListInput = z.infer<typeof listInput>;

/** To a stage, before another deal of it; absent: at its end. `version` is the one that was seen. */
export const moveDealInput = z.object({ id, version, stageId: id, beforeId: id.nullable().optional() });
export const recordInput = z.object({ id });
export type RecordInput = z.infer<typeof recordInput>;
/** The history of a record, newest first. */
export const changesInput = z.object({ entity, id, ...pageInput });
export type ChangesInput = z.infer<typeof changesInput>;
/** Of a pipeline, the first one where none is named; deals that a query finds, `limit` of each stage. */
/** The caller's, for what is made while nothing is there yet. */
const language = z.enum(["en", "ru"]);
export type Language = z.infer<typeof language>;
export const pipelinesInput = z.object({ language: language.optional() });
export type PipelinesInput = z.infer<typeof pipelinesInput>;
export const boardInput = recordQuery
  .pick({ query: true, filters: true })
  .extend({ ...pipelinesInput.shape, pipelineId: id.optional(), limit: pageInput.limit });
export type BoardInput = z.infer<typeof boardInput>;
export const tagNameInput = z.object({
  name: storable(z.string().trim().min(1).max(60)),
  followUpDays: z.int().min(1).max(3_650).nullable().optional(),
});
export const renameTagInput = tagNameInput.extend({ id });
export const undoTagsInput = z.object({ batch: id });
export const ofEntityInput = z.object({ entity: entity.nullable().default(null) });
export type OfEntityInput = z.infer<typeof ofEntityInput>;
export const tagInput = z.object({
  entity,
  /** Which records: by id, or all that a query finds. */
  ids: z.array(id).min(1).max(1_000).optional(),
  matching: recordQuery.optional(),
  add: z.array(id).max(20).default([]),
  remove: z.array(id).max(20).default([]),
});
export const noteInput = z.object({
  entity,
  entityId: id,
  text: storable(z.string().trim().min(1).max(10_000)),
  clientId: id.optional(),
});
export const updateNoteInput = z.object({ id, text: noteInput.shape.text });
export const timelineInput = z.object({
  id,
  ...pageInput,
  types: z.array(z.enum(TIMELINE_TYPES)).min(1).max(5).optional(),
});
export type TimelineInput = z.infer<typeof timelineInput>;
export const taskInput = z.object({
  entity: entity.nullable().default(null),
  entityId: id.nullable().default(null),
  title: storable(z.string().trim().min(1).max(500)),
  assigneeId: id.nullable().optional(),
  dueAt: instant.nullable().default(null),
  unlessReply: z
    .object({ accountId: id, chatId: z.string().regex(/^-?[1-9]\d{0,15}$/) })
    .nullable()
    .default(null),
});
export const updateTaskInput = z.object({
  id,
  title: taskInput.shape.title.optional(),
  assigneeId: id.nullable().optional(),
  dueAt: instant.nullable().optional(),
});
/** Done, or open again. */
export const completeTaskInput = z.object({ id, isDone: z.boolean().default(true) });
/** Characters of a file: 5 MB. */
const MAX_CSV = 5_000_000;
export const exportCsvInput = recordQuery.extend({
  ...pageInput,
  limit: z.int().min(1).max(1_000).default(1_000),
  /** These contacts, in this order, instead of what the query finds. */
  ids: z.array(id).min(1).max(1_000).optional(),
});
export type ExportCsvInput = z.infer<typeof exportCsvInput>;
export const importCsvInput = z.object({
  text: storable(z.string().min(1).max(MAX_CSV)),
  /** Says what would be done, and does nothing. */
  dryRun: z.boolean().default(false),
  /** Leaves lines out that are wrong; else one of them stops everything. */
  skipInvalid: z.boolean().default(false),
  /** What a header stands for: a column such as `email`, a custom field's id, or null to leave it out. Others are told by their names. */
  columns: z.record(z.string().max(200), z.string().max(64).nullable()).default({}),
});
export type ImportCsvInput = z.infer<typeof importCsvInput>;
export const mergeContactsInput = z.object({ keepId: id, mergeId: id });
export type MergeContactsInput = z.infer<typeof mergeContactsInput>;
export const duplicatesInput = z.object({ ...pageInput, id: id.optional() });
export type DuplicatesInput = z.infer<typeof duplicatesInput>;
const templateText = storable(z.string().min(1).max(32_768));
const templateEntities = z.array(messageEntity).max(100).default([]);
export const listTemplatesInput = z.object({ isArchived: z.boolean().default(false) });
export type ListTemplatesInput = z.infer<typeof listTemplatesInput>;
export const saveTemplateInput = z.object({
  id: id.optional(),
  name: storable(z.string().trim().min(1).max(60)),
  text: templateText,
  entities: templateEntities,
});
export type SaveTemplateInput = z.infer<typeof saveTemplateInput>;
export const archiveTemplateInput = z.object({ id, isArchived: z.boolean().default(true) });
export type ArchiveTemplateInput = z.infer<typeof archiveTemplateInput>;
/** Of a template, or of a text. */
export const previewTemplateInput = z.object({
  contactId: id,
  id: id.optional(),
  text: templateText.optional(),
  entities: templateEntities,
});
export type PreviewTemplateInput = z.infer<typeof previewTemplateInput>;
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 22:00");
/** Private chats in which people wrote from `from` on and before `to`; nights do not count as waiting. */
export const responsesInput = z.object({
  from: instant,
  to: instant,
  accountId: id.optional(),
  excludeNights: z.object({ from: clock, to: clock, timeZone: storable(z.string().min(1).max(64)) }).optional(),
});
export type ResponsesInput = z.infer<typeof responsesInput>;
export const followUpsInput = z.object(pageInput);
export type FollowUpsInput = z.infer<typeof followUpsInput>;
export const listTasksInput = z.object({
  ...pageInput,
  entity: entity.optional(),
  entityId: id.optional(),
  assigneeId: id.optional(),
  isDone: z.boolean().default(false),
  dueBefore: instant.optional(),
});
export type ListTasksInput = z.infer<typeof listTasksInput>;
export const fieldInput = z.object({
  entity,
  name: storable(z.string().trim().min(1).max(60)),
  type: fieldType,
  options: z
    .array(z.object({ id: id.optional(), label: storable(z.string().trim().min(1).max(60)) }))
    .max(100)
    .default([]),
});
/** Options by id keep their uses; what becomes of the uses of those that go: cleared, or another option's id. */
export const updateFieldInput = z.object({
  id,
  name: fieldInput.shape.name.optional(),
  options: fieldInput.shape.options.removeDefault().optional(),
  removedOptions: z.record(z.guid(), z.guid().nullable()).optional(),
});
export const savePipelineInput = z.object({
  id: id.optional(),
  name: storable(z.string().trim().min(1).max(60)),
  stages: z
    .array(
      z.object({
        id: id.optional(),
        name: storable(z.string().trim().min(1).max(60)),
        kind: z.enum(STAGE_KINDS),
        probability: z.int().min(0).max(100),
      }),
    )
    .min(1)
    .max(30),
});
export const saveViewInput = z.object({
  id: id.optional(),
  entity,
  name: storable(z.string().trim().min(1).max(60)),
  query: recordQuery,
  isShared: z.boolean(),
});
export const followRecordsInput = z.object({ lastEventId: z.string().nullish() });

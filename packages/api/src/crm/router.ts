import { streamLog } from "../realtime/stream.ts";
import { done, router, staffProcedure } from "../trpc.ts";
import { readResponses } from "./analytics/responses.ts";
import { exportCsv } from "./csv/export.ts";
import { importCsv } from "./csv/import.ts";
import { readBoard } from "./deals/board.ts";
import { createDeal } from "./deals/create.ts";
import { moveDeal } from "./deals/move.ts";
import { followRecords } from "./follow.ts";
import { listFollowUps } from "./follow-ups/list.ts";
import {
  archiveTemplateInput,
  boardInput,
  changesInput,
  completeTaskInput,
  duplicatesInput,
  exportCsvInput,
  fieldInput,
  followRecordsInput,
  followUpsInput,
  importCsvInput,
  listInput,
  listTasksInput,
  listTemplatesInput,
  mergeContactsInput,
  moveDealInput,
  noteInput,
  ofEntityInput,
  pipelinesInput,
  previewTemplateInput,
  recordInput,
  renameTagInput,
  responsesInput,
  savePipelineInput,
  saveTemplateInput,
  saveViewInput,
  tagInput,
  tagNameInput,
  taskInput,
  timelineInput,
  undoTagsInput,
  updateFieldInput,
  updateNoteInput,
  updateTaskInput,
} from "./inputs.ts";
import { listDuplicates } from "./merge/duplicates.ts";
import { mergeContacts, unmergeContacts } from "./merge/merge.ts";
import { listChanges } from "./records/changes.ts";
import { createCompany, createContact } from "./records/create.ts";
import { getRecord } from "./records/get.ts";
import { listRecords } from "./records/list.ts";
import { deleteRecord, updateRecord } from "./records/write.ts";
import {
  createCompanyInput,
  createContactInput,
  createDealInput,
  updateCompanyInput,
  updateContactInput,
  updateDealInput,
} from "./schema.ts";
import { applyTags, undoTags } from "./setup/apply-tags.ts";
import { createField, deleteField, listFields, updateField } from "./setup/fields.ts";
import { deletePipeline, listPipelines, savePipeline } from "./setup/pipelines.ts";
import { createTag, deleteTag, listTags, renameTag } from "./setup/tags.ts";
import { deleteView, listViews, saveView } from "./setup/views.ts";
import { createNote, deleteNote, updateNote } from "./tasks/notes.ts";
import { completeTask, createTask, deleteTask, listTasks, updateTask } from "./tasks/tasks.ts";
import { archiveTemplate, listTemplates, previewTemplate, saveTemplate } from "./templates/templates.ts";
import { readTimeline } from "./timeline/timeline.ts";

const read = staffProcedure("chats:read");
const write = staffProcedure("chats:write");
const list = read.input(listInput.prefault({}));

/** A file of 5 MB as JSON writes it, with every character escaped. */
const MAX_IMPORT_BYTES = 16 * 1024 * 1024;

/** Procedures of `chats.contacts`, beside those of the address book. */
export const contactProcedures = {
  list: list.query(({ ctx, input }) => listRecords(ctx, "contact", input)),
  get: read.input(recordInput).query(({ ctx, input }) => getRecord(ctx, "contact", input)),
  timeline: read.input(timelineInput).query(({ ctx, input }) => readTimeline(ctx, "contact", input)),
  create: write.input(createContactInput).mutation(({ ctx, input }) => createContact(ctx, input)),
  update: write.input(updateContactInput).mutation(({ ctx, input }) => updateRecord(ctx, "contact", input)),
  delete: write.input(recordInput).mutation(done((ctx, input) => deleteRecord(ctx, "contact", input))),
  duplicates: read.input(duplicatesInput.prefault({})).query(({ ctx, input }) => listDuplicates(ctx, input)),
  exportCsv: read.input(exportCsvInput.prefault({})).query(({ ctx, input }) => exportCsv(ctx, input)),
  importCsv: staffProcedure("chats:write", { maxBodyBytes: MAX_IMPORT_BYTES })
    .input(importCsvInput)
    .mutation(({ ctx, input }) => importCsv(ctx, input)),
  merge: write.input(mergeContactsInput).mutation(({ ctx, input }) => mergeContacts(ctx, input)),
  unmerge: write.input(recordInput).mutation(({ ctx, input }) => unmergeContacts(ctx, input)),
};

/** What `chats` has beside: the CRM. */
export const crmProcedures = {
  companies: router({
    list: list.query(({ ctx, input }) => listRecords(ctx, "company", input)),
    get: read.input(recordInput).query(({ ctx, input }) => getRecord(ctx, "company", input)),
    timeline: read.input(timelineInput).query(({ ctx, input }) => readTimeline(ctx, "company", input)),
    create: write.input(createCompanyInput).mutation(({ ctx, input }) => createCompany(ctx, input)),
    update: write.input(updateCompanyInput).mutation(({ ctx, input }) => updateRecord(ctx, "company", input)),
    delete: write.input(recordInput).mutation(done((ctx, input) => deleteRecord(ctx, "company", input))),
  }),
  deals: router({
    list: list.query(({ ctx, input }) => listRecords(ctx, "deal", input)),
    get: read.input(recordInput).query(({ ctx, input }) => getRecord(ctx, "deal", input)),
    timeline: read.input(timelineInput).query(({ ctx, input }) => readTimeline(ctx, "deal", input)),
    board: read.input(boardInput.prefault({})).query(({ ctx, input }) => readBoard(ctx, input)),
    create: write.input(createDealInput).mutation(({ ctx, input }) => createDeal(ctx, input)),
    update: write.input(updateDealInput).mutation(({ ctx, input }) => updateRecord(ctx, "deal", input)),
    move: write.input(moveDealInput).mutation(({ ctx, input }) => moveDeal(ctx, input)),
    delete: write.input(recordInput).mutation(done((ctx, input) => deleteRecord(ctx, "deal", input))),
  }),
  notes: router({
    create: write.input(noteInput).mutation(({ ctx, input }) => createNote(ctx, input)),
    update: write.input(updateNoteInput).mutation(({ ctx, input }) => updateNote(ctx, input)),
    delete: write.input(recordInput).mutation(done(deleteNote)),
  }),
  tasks: router({
    list: read.input(listTasksInput.prefault({})).query(({ ctx, input }) => listTasks(ctx, input)),
    create: write.input(taskInput).mutation(({ ctx, input }) => createTask(ctx, input)),
    update: write.input(updateTaskInput).mutation(({ ctx, input }) => updateTask(ctx, input)),
    complete: write.input(completeTaskInput).mutation(({ ctx, input }) => completeTask(ctx, input)),
    delete: write.input(recordInput).mutation(done(deleteTask)),
  }),
  templates: router({
    list: read.input(listTemplatesInput.prefault({})).query(({ ctx, input }) => listTemplates(ctx, input)),
    save: write.input(saveTemplateInput).mutation(({ ctx, input }) => saveTemplate(ctx, input)),
    archive: write.input(archiveTemplateInput).mutation(({ ctx, input }) => archiveTemplate(ctx, input)),
    preview: read.input(previewTemplateInput).query(({ ctx, input }) => previewTemplate(ctx, input)),
  }),
  followUps: router({
    list: read.input(followUpsInput.prefault({})).query(({ ctx, input }) => listFollowUps(ctx, input)),
  }),
  analytics: router({
    responses: read.input(responsesInput).query(({ ctx, input }) => readResponses(ctx, input)),
  }),
  changes: router({ list: read.input(changesInput).query(({ ctx, input }) => listChanges(ctx, input)) }),
  pipelines: router({
    list: read.input(pipelinesInput.prefault({})).query(({ ctx, input }) => listPipelines(ctx, input)),
    save: write.input(savePipelineInput).mutation(({ ctx, input }) => savePipeline(ctx, input)),
    delete: write.input(recordInput).mutation(done(deletePipeline)),
  }),
  fields: router({
    list: read.input(ofEntityInput.prefault({})).query(({ ctx, input }) => listFields(ctx, input)),
    create: write.input(fieldInput).mutation(({ ctx, input }) => createField(ctx, input)),
    update: write.input(updateFieldInput).mutation(({ ctx, input }) => updateField(ctx, input)),
    delete: write.input(recordInput).mutation(({ ctx, input }) => deleteField(ctx, input)),
  }),
  tags: router({
    list: read.query(({ ctx }) => listTags(ctx)),
    create: write.input(tagNameInput).mutation(({ ctx, input }) => createTag(ctx, input)),
    rename: write.input(renameTagInput).mutation(({ ctx, input }) => renameTag(ctx, input)),
    delete: write.input(recordInput).mutation(done(deleteTag)),
    assign: write.input(tagInput).mutation(({ ctx, input }) => applyTags(ctx, input)),
    undo: write.input(undoTagsInput).mutation(({ ctx, input }) => undoTags(ctx, input)),
  }),
  views: router({
    list: read.input(ofEntityInput.prefault({})).query(({ ctx, input }) => listViews(ctx, input)),
    save: write.input(saveViewInput).mutation(({ ctx, input }) => saveView(ctx, input)),
    delete: write.input(recordInput).mutation(done(deleteView)),
  }),
  onRecords: read.input(followRecordsInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLog(ctx, followRecords(ctx), { ...input, signal });
  }),
};

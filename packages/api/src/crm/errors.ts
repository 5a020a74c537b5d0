import { type DomainError, declareErrors, requestError } from "../errors.ts";

export const crmError = declareErrors("crm", {
  recordNotFound: ["NOT_FOUND", "No such record"],
  fieldNotFound: ["NOT_FOUND", "No such field"],
  tagNotFound: ["NOT_FOUND", "No such tag"],
  noteNotFound: ["NOT_FOUND", "No such note"],
  taskNotFound: ["NOT_FOUND", "No such task"],
  pipelineNotFound: ["NOT_FOUND", "No such pipeline"],
  stageNotFound: ["NOT_FOUND", "No such stage"],
  viewNotFound: ["NOT_FOUND", "No such view"],
  templateNotFound: ["NOT_FOUND", "No such template"],
  mergeNotFound: ["NOT_FOUND", "No such merge, or it was undone already"],
  batchNotFound: ["NOT_FOUND", "No such action, or it was undone already"],
  stale: ["CONFLICT", "{actor} changed this at {at}; read it again"],
  dealMoved: ["CONFLICT", "{actor} moved this deal to {stage} at {at}"],
  nameTaken: ["CONFLICT", "There is one of this name"],
  mergedFurther: ["CONFLICT", "The contact became part of another one since; undo that first"],
  contactExists: ["CONFLICT", "Another contact is this Telegram user or customer"],
  optionInUse: ["CONFLICT", "{count} records have an option that goes; say what becomes of them in removedOptions"],
  noteIdReused: ["CONFLICT", "This clientId is another note's"],
  noteOfAnother: ["FORBIDDEN", "Only its author may change a note"],
  stageInUse: ["CONFLICT", "{count} deals are in a stage that goes; move them first"],
});

/** A field of the input that makes no sense; its problem is in the details too. */
export const invalidField = (field: string, problem: string): DomainError =>
  requestError("invalidField", { field }, { message: `${field}: ${problem}`, details: { [field]: problem } });

import { declareErrors } from "../errors.ts";

export const workflowsError = declareErrors("workflows", {
  cursorInvalid: ["VALIDATION", "after: not a cursor of events; start again without one"],
});

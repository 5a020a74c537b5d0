import { declareErrors } from "../errors.ts";

export const workflowsError = declareErrors("workflows", {
  cursorInvalid: ["VALIDATION", "after: not a cursor of events; start again without one"],
  webhookNotFound: ["NOT_FOUND", "No such webhook"],
  deliveryNotFound: ["NOT_FOUND", "No such delivery"],
  deliveryWaits: ["CONFLICT", "This delivery is already waiting to be sent"],
  targetPrivate: ["VALIDATION", "url: not a public https address"],
  targetUnresolved: ["VALIDATION", "url: this name cannot be resolved"],
  automationNotFound: ["NOT_FOUND", "No such automation"],
  runNotFound: ["NOT_FOUND", "No such run"],
  runNotFailed: ["CONFLICT", "This run did not fail"],
  ownerGone: ["FORBIDDEN", "The agent that this acts for cannot sign in any more, or may not read chats"],
  noChat: ["CONFLICT", "There is no private chat with this contact"],
  noContact: ["CONFLICT", "The event is about no contact"],
  tooMany: ["CONFLICT", "At most {maximum}"],
});

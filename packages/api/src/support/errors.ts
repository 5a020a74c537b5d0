import { declareErrors } from "../errors.ts";

export const supportError = declareErrors("support", {
  conversationNotFound: ["NOT_FOUND", "No such conversation"],
  messageNotFound: ["NOT_FOUND", "No such message"],
  deviceNotFound: ["NOT_FOUND", "No such device, or it was removed"],
  assigneeNotFound: ["VALIDATION", "assigneeId: no such agent"],
  photoNotFound: ["VALIDATION", "There is no uploaded photo {id} of yours to attach"],
  messageEmpty: ["VALIDATION", "A message needs text or a photo"],
  replyEmpty: ["VALIDATION", "A reply needs text or a photo"],
  noteEmpty: ["VALIDATION", "A note needs text"],
  attachmentAway: ["UNAVAILABLE", "The file cannot be fetched: {reason}"],
  messageNotEditable: ["FORBIDDEN", "Only answers and notes that were not taken back can be changed"],
  snoozeInPast: ["VALIDATION", "until: must be in the future"],
  clientIdReused: ["CONFLICT", "This client id was used for another message"],
  otherCustomer: ["FORBIDDEN", "That is another customer"],
  replyWindowOver: ["CONFLICT", "Instagram takes no more replies until the customer writes again"],
  replyWindowNotOpen: ["CONFLICT", "Instagram takes replies only after the customer has written to this app"],
  instagramOff: ["UNAVAILABLE", "Instagram is not configured: set INSTAGRAM_ACCESS_TOKEN"],
  instagramTokenInvalid: ["UNAVAILABLE", "Instagram refuses the access token: {reason}"],
  noChannel: ["FORBIDDEN", "Support has no channel for this account"],
});

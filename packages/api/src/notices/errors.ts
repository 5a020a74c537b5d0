import { declareErrors } from "../errors.ts";

export const noticesError = declareErrors("notices", {
  noticeNotFound: ["NOT_FOUND", "No such notice"],
  snoozeInPast: ["VALIDATION", "until: must be in the future"],
  unknownTimeZone: ["VALIDATION", "timeZone: {timeZone} is not a time zone; use an IANA name such as Europe/Berlin"],
  unknownKind: ["VALIDATION", "kinds: {kind} is not a kind of notice that you can get"],
  deviceNotFound: ["NOT_FOUND", "No such device"],
});

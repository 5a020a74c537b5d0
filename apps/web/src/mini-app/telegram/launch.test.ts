import { expect, it } from "vitest";
import { destinationOf, signInAddress, startParamOf } from "./launch.ts";

it.each([
  ["message_214", 214],
  ["message_", null],
  ["message_2x", null],
  ["alert_8841", null],
  [null, null],
])("startapp=%s leads to message %s", (startParam, messageId) => {
  expect(destinationOf(startParam)).toEqual({ tab: "support", messageId });
});

it.each([
  ["?startapp=message_214", "message_214"],
  ["?startapp=", null],
  ["?startapp=%2F%2Fevil.example", null],
  ["?other=1", null],
])("the address %s starts with %s", (search, startParam) => {
  expect(startParamOf(search)).toBe(startParam);
});

it("keeps the start parameter over the way to Telegram and back", () => {
  expect(signInAddress(null)).toBe("/auth/telegram/start?next=%2Fapp");
  expect(signInAddress("message_214")).toBe("/auth/telegram/start?next=%2Fapp%3Fstartapp%3Dmessage_214");
});

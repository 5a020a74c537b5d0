import { expect, it } from "vitest";
import { destinationOf, signInAddress, startParamOf } from "./launch.ts";

it.each([
  ["message_214", 214],
  ["message_", null],
  ["message_2x", null],
  ["alert_", null],
  ["alert_01", null],
  ["room_1", null],
  [null, null],
])("startapp=%s leads to message %s", (startParam, messageId) => {
  expect(destinationOf(startParam)).toEqual({ tab: "support", messageId });
});

it.each([
  ["alert_8841", "8841"],
  ["live", null],
])("startapp=%s leads to alert %s of the live ones", (startParam, alertId) => {
  expect(destinationOf(startParam)).toEqual({ tab: "live", alertId });
});

it.each([
  ["room_285a70f4-ad8a-4688-8932-227d9c3676c3", "285a70f4-ad8a-4688-8932-227d9c3676c3"],
  ["rooms", null],
])("startapp=%s leads to room %s", (startParam, roomId) => {
  expect(destinationOf(startParam)).toEqual({ tab: "rooms", roomId });
});

it("leads to the customer's own page", () => {
  expect(destinationOf("me")).toEqual({ tab: "me" });
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

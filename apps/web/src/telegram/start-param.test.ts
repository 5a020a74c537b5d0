import { expect, it } from "vitest";
import { destinationOf } from "./start-param.ts";

it.each([
  ["message_214", 214],
  ["message_", null],
  ["message_2x", null],
  ["alert_8841", null],
  [null, null],
])("startapp=%s leads to message %s", (startParam, messageId) => {
  expect(destinationOf(startParam)).toEqual({ tab: "support", messageId });
});

import { expect, it } from "vitest";
import { snoozeChoices, toLocalField } from "./snooze-times.ts";

it("offers an hour, three hours, and tomorrow at nine, over the end of a month too", () => {
  const [hour, three, tomorrow] = snoozeChoices(new Date(2026, 10, 30, 22, 15)).map((choice) => choice.until);
  expect(hour).toEqual(new Date(2026, 10, 30, 23, 15));
  expect(three).toEqual(new Date(2026, 11, 1, 1, 15));
  expect(tomorrow).toEqual(new Date(2026, 11, 1, 9, 0));
});

it("writes an instant as the field of this time zone wants it", () => {
  expect(toLocalField(new Date(2026, 0, 5, 7, 3))).toBe("2026-01-05T07:03");
});

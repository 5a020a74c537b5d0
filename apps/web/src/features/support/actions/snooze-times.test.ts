import { expect, it } from "vitest";
import { snoozeChoices } from "./snooze-times.ts";

it("offers an hour, three hours, and tomorrow at nine, over the end of a month too", () => {
  const [hour, three, tomorrow] = snoozeChoices(new Date(2026, 10, 30, 22, 15)).map((choice) => choice.until);
  expect(hour).toEqual(new Date(2026, 10, 30, 23, 15));
  expect(three).toEqual(new Date(2026, 11, 1, 1, 15));
  expect(tomorrow).toEqual(new Date(2026, 11, 1, 9, 0));
});

import { expect, it } from "vitest";
import { toLocalField } from "./local-field.ts";

it("writes an instant as the field of this time zone wants it", () => {
  expect(toLocalField(new Date(2026, 0, 5, 7, 3))).toBe("2026-01-05T07:03");
});

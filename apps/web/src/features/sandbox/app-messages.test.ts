import { expect, it } from "vitest";
import { instantOf, mergeAppMessages } from "./phone-lines.ts";

const message = (message_id: number, text = "") => ({
  message_id,
  message: text,
  photo_url: null,
  photo_urls: [],
  direction: "user" as const,
  created_at: "2026-11-01 10:42:00",
});

it("shows each message once, the later version, in order", () => {
  const merged = mergeAppMessages([message(1), message(3)], [message(2), message(3, "edited")]);
  expect(merged.map((one) => [one.message_id, one.message])).toEqual([
    [1, ""],
    [2, ""],
    [3, "edited"],
  ]);
});

it("reads the document's instants as UTC", () => {
  expect(new Date(instantOf("2026-11-01 10:42:00")).toISOString()).toBe("2026-11-01T10:42:00.000Z");
});
